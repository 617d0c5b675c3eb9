"""What differs between two versions of the same settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = "nothing"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """One line per changed leaf, such as `search.trials: 8 -> 12`, in the order of the keys; [] if equal.

    `old` and `new` are plain data. A list counts as one value; what one side lacks is shown as "nothing".
    """
    before, after = dict(_leaves(old)), dict(_leaves(new))
    return [
        f"{path}: {before.get(path, _ABSENT)} -> {after.get(path, _ABSENT)}"
        for path in {**before, **after}
        if before.get(path) != after.get(path)
    ]


def _leaves(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False, default=str)
