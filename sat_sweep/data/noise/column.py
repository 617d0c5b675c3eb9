"""Noisy labels that the data brings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import Corrupted, NoiseLevel, NoiseSpec, register
from sat_sweep.errors import did_you_mean


@register
class Column(NoiseSpec):
    """The given labels are a column of the data, such as human annotations; the true ones are known too."""

    kind: Literal["column"] = "column"
    columns: tuple[str, ...] = Field(min_length=1)
    """The levels: names of label columns of the dataset."""

    @field_validator("columns")
    @classmethod
    def _different(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(columns)) != len(columns):
            raise ValueError(f"every column may stand here once, got {list(columns)}; remove the repetition")
        return columns

    def levels(self) -> list[NoiseLevel]:
        """One per column, named like it."""
        return [NoiseLevel(kind=self.kind, label=column, column=column) for column in self.columns]

    @classmethod
    def misfit(cls, level: NoiseLevel, dataset: Dataset) -> str | None:
        """A column that is missing or holds other things than classes."""
        name = str(level.column)
        if name not in dataset.columns:
            known = did_you_mean(name, dataset.columns) if dataset.columns else "it has none at all"
            return f"the data has no further label column '{name}'; {known}"
        low, high = dataset.columns[name].min(), dataset.columns[name].max()
        if low < 0 or high >= dataset.num_classes:
            return f"labels lie in 0 to {dataset.num_classes - 1}, but column '{name}' has {low} to {high}"
        return None

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """The column's labels; nothing is drawn."""
        assert level.column is not None
        return Corrupted(dataset.images, dataset.columns[level.column], dataset.labels)
