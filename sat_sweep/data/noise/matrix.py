"""Noise by transition matrices that the user writes down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from sat_sweep.data.noise._base import NoiseLevel, register
from sat_sweep.data.noise._class_conditional import ClassConditional, require_stochastic
from sat_sweep.errors import UserError

Rows = tuple[tuple[float, ...], ...]


@register
class Matrix(ClassConditional):
    """Labels change by given matrices: row i is the distribution of the given label where class i is true."""

    kind: Literal["matrix"] = "matrix"
    matrices: dict[str, Rows] = Field(min_length=1)
    """Name to C rows of C numbers; the name is what tables show."""

    @field_validator("matrices")
    @classmethod
    def _stochastic(cls, matrices: dict[str, Rows]) -> dict[str, Rows]:
        for name, rows in matrices.items():
            if any(len(row) != len(rows) for row in rows):
                raise ValueError(f"matrix '{name}' must be square, got rows of {[*map(len, rows)]} numbers")
            require_stochastic(np.array(rows))
        return matrices

    def levels(self) -> list[NoiseLevel]:
        """One per matrix, named like it."""
        return [NoiseLevel(kind=self.kind, label=name, matrix=rows) for name, rows in self.matrices.items()]

    @classmethod
    def transition(
        cls, level: NoiseLevel, num_classes: int, confusions: Mapping[int, int] | None
    ) -> np.ndarray:
        """The matrix as given."""
        if level.matrix is None:
            raise UserError("matrix noise has no rate; give `matrices:` in the noise block")
        if len(level.matrix) != num_classes:
            raise UserError(f"matrix '{level.label}' is for {len(level.matrix)} classes, the data has "
                            f"{num_classes}; give it one row and column per class")
        return np.array(level.matrix)
