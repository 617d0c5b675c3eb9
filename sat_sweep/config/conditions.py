"""Conditions: what methods are compared under. A noise level, at a point of the `vary` block if there is one.

    vary: {model.width: [4, 16], training.batch_size: [32, 64]}      four points, each at every noise level
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from sat_sweep.config.leaves import with_value
from sat_sweep.config.space import SpaceFile
from sat_sweep.data import NoiseLevel
from sat_sweep.home import condition_label
from sat_sweep.settings import digest
from sat_sweep.training.spec import Value

LONGEST_FOLDER = 200
"""Characters of a condition's folder: file systems take 255, and files are longer while they are written."""


@dataclass(frozen=True)
class Condition:
    """A noise level and the values of what else varies, by path, in the order of the file."""

    noise: NoiseLevel
    vary: dict[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How people read it: `symmetric-0.4`, `symmetric-0.4 model.width=16`."""
        return condition_label(self.noise.label, self.vary)

    @property
    def folder(self) -> str:
        """The label where it can name a folder anywhere, else something close with a mark that keeps it unique."""
        safe = re.sub(r"[^A-Za-z0-9._+-]", "_", self.label).strip(".")[:LONGEST_FOLDER]
        return safe if safe and safe == self.label else f"{safe}-{digest(self.label)[:6]}"


def conditions(space: SpaceFile) -> Iterator[tuple[Condition, SpaceFile]]:
    """Every condition with the space file as it is there: noise level by noise level, point by point."""
    at = [(point, space_at(space, point)) for point in points(space)]
    yield from ((Condition(level, point), there) for level in space.noise.levels() for point, there in at)


def points(space: SpaceFile) -> list[dict[str, Value]]:
    """The combinations of what varies, the last path fastest; one that is empty if nothing does."""
    return [dict(zip(space.vary, values, strict=True)) for values in product(*space.vary.values())]


def space_at(space: SpaceFile, point: dict[str, Value]) -> SpaceFile:
    """`space` with the values of `point` in their places and nothing that varies; raises pydantic's ValidationError."""
    blocks = {head: getattr(space, head) for head in ("dataset", "model", "training")}
    for path, value in point.items():
        head, _, rest = path.partition(".")
        blocks[head] = with_value(blocks[head], rest, value)
    return space.model_copy(update={**blocks, "vary": {}})


def point_label(point: dict[str, Value]) -> str:
    """`model.width=16 training.epochs=40`."""
    return " ".join(f"{path}={value}" for path, value in point.items())
