"""Noise of several kinds in one sweep: methods are compared under the levels of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, field_validator

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import Corrupted, NoiseLevel, NoiseSpec, noises, register
from sat_sweep.errors import UserError
from sat_sweep.settings import OneOf

ALONE = ("several", "as_given")
"""Kinds that are not one of several: this one, and that under which nobody knows true labels."""


class _Others:
    """The registry of noise kinds, as far as they go together."""

    @property
    def changes(self) -> int:
        return noises.changes

    def __iter__(self) -> Iterator[str]:
        return (kind for kind in noises if kind not in ALONE)

    def __getitem__(self, kind: str) -> type[NoiseSpec]:
        if kind in ALONE:
            raise UserError(f"'{kind}' is not one of several kinds")
        return noises[kind]


@register
class Several(NoiseSpec):
    """`{kind: several, of: [{kind: symmetric, rates: [0.2, 0.4]}, {kind: pairflip, rates: [0.3]}]}`."""

    kind: Literal["several"] = "several"
    of: tuple[Annotated[NoiseSpec, OneOf(_Others(), by="kind")], ...] = Field(json_schema_extra={"minItems": 2})
    """Blocks as they would stand alone; no two have a level in common."""

    @field_validator("of")
    @classmethod
    def _different(cls, of: tuple[NoiseSpec, ...]) -> tuple[NoiseSpec, ...]:
        if len(of) < 2:
            raise ValueError("several are at least two; a single block stands in the place of this one")
        labels = [level.label for block in of for level in block.levels()]
        repeated = sorted({label for label in labels if labels.count(label) > 1})
        if repeated:
            raise ValueError(f"every level may stand here once, got {', '.join(repeated)} twice")
        return of

    def levels(self) -> list[NoiseLevel]:
        """Those of all blocks, in the order given."""
        return [level for block in self.of for level in block.levels()]

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """No `level` has this kind: each has that of its block, which knows what it does to `dataset` under `seed`."""
        raise UserError("noise of several kinds has no level of its own")

    def check(self, level: NoiseLevel, dataset: Dataset) -> str | None:
        """What the block of `level` has to say of it on `dataset`."""
        return next(block.check(level, dataset) for block in self.of if level in block.levels())
