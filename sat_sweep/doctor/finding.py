"""One thing that is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

NAMED = 3
"""Of so many things a finding gives the names; of more it gives their number too."""


@dataclass(frozen=True)
class Finding:
    """`what` is wrong with a `part` of a sweep, in a sentence, and the `remedy`.

    `part` is record, status, results, studies, mlflow, trajectories or leftovers. `repair` makes it right; it is None
    where nobody but the user can, or where a launch does.
    """

    part: str
    what: str
    remedy: str
    repair: Callable[[], None] | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, object]:
        """`{"part", "what", "remedy", "fixable"}`."""
        return {"part": self.part, "what": self.what, "remedy": self.remedy, "fixable": self.repair is not None}


def listed(names: Sequence[str]) -> str:
    """`a, b and c`, or `a, b, c and 7 more`."""
    first = list(names[:NAMED])
    if len(names) > NAMED:
        return f"{', '.join(first)} and {len(names) - NAMED:,} more"
    return " and ".join(filter(None, [", ".join(first[:-1]), *first[-1:]]))
