"""The user's own labels, wrong to an unknown degree."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import Corrupted, NoiseLevel, NoiseSpec, register


@register
class AsGiven(NoiseSpec):
    """Labels stay as they are; the true ones, and so the error rate, are unknown."""

    kind: Literal["as_given"] = "as_given"

    def levels(self) -> list[NoiseLevel]:
        """The only one."""
        return [NoiseLevel(kind=self.kind, label=self.kind)]

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """Nothing is changed and nothing is known."""
        return Corrupted(dataset.images, dataset.labels, None)
