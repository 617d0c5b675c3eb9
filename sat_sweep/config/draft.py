"""A space file that may be wrong in parts, so that the rest of it can be checked all the same."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sat_sweep.config.explain import dotted, explain
from sat_sweep.config.schema_walk import Place
from sat_sweep.config.space import SpaceFile
from sat_sweep.errors import Problem

_PLACEHOLDERS: dict[str, Any] = {
    "name": "unnamed", "dataset": {"name": "digits"}, "noise": {"kind": "as_given"}, "methods": ["ce"],
    "model": {"name": "mlp"},
}
"""What stands in for a required block that is unusable; nothing that a check may read, since it is broken."""


@dataclass(frozen=True)
class Draft:
    """`space` with stand-ins at the dotted paths in `broken`, where the file holds nothing usable."""

    space: SpaceFile
    broken: Collection[str] = ()

    def sound(self, *paths: str) -> bool:
        """Whether everything at and below each of `paths` is what the file says."""
        return not any(_related(path, broken) for path in paths for broken in self.broken)

    def within_stand_in(self, path: str) -> bool:
        """Whether `path` leads into something that is a stand-in as a whole."""
        return any(path.startswith(f"{broken}.") for broken in self.broken)


def draft(data: dict[str, Any]) -> tuple[Draft, list[Problem]]:
    """As much of a space file as `data` is good for, and what is wrong with single fields."""
    try:
        return Draft(SpaceFile.model_validate(data)), []
    except ValidationError as error:
        found = explain(error, data, SpaceFile)
    return _without(data, [place for place, _ in found]), [problem for _, problem in found]


def _without(data: dict[str, Any], places: Iterable[Place]) -> Draft:
    """`data` without what stands at `places`, and without what is then incomplete."""
    remains = _PLACEHOLDERS | copy.deepcopy(data)
    dropped = [dotted(_drop(remains, place)) for place in places]
    try:
        return Draft(SpaceFile.model_validate(_PLACEHOLDERS | remains), dropped)
    except ValidationError as error:
        further = _without(remains, [place for place, _ in explain(error, remains, SpaceFile)])
        return Draft(further.space, [*dropped, *further.broken])


def _drop(data: dict[Any, Any], place: Place) -> Place:
    """Remove what stands at `place` and say what is gone: a whole list, or all around what was missing."""
    first, *rest = place
    below = data.get(first)
    if isinstance(below, dict) and rest and rest[0] in below:
        return (first, *_drop(below, tuple(rest)))
    data.pop(first, None)
    return (first,)


def _related(path: str, other: str) -> bool:
    """Whether one of two dotted paths is the other or leads to it."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")
