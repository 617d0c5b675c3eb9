"""What a user should know although the work goes on."""

from __future__ import annotations

import sys

WARNING = "warning: "
_told: set[str] = set()


def warn_once(sentence: str) -> None:
    """Print `sentence` to standard error, the first time that this process has it to say."""
    if sentence not in _told:
        _told.add(sentence)
        print(f"{WARNING}{sentence}", file=sys.stderr)
