"""Symmetric noise: a wrong class for sure, each equally likely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from sat_sweep.data.noise._base import NoiseLevel, register
from sat_sweep.data.noise._class_conditional import ClassConditional
from sat_sweep.data.noise._rates import Rates


@register
class Symmetric(Rates, ClassConditional):
    """A label becomes one of the other classes, all equally likely: the rate is the error rate."""

    kind: Literal["symmetric"] = "symmetric"

    @classmethod
    def transition(
        cls, level: NoiseLevel, num_classes: int, confusions: Mapping[int, int] | None
    ) -> np.ndarray:
        """1 - rate on the diagonal, rate / (C - 1) elsewhere."""
        assert level.rate is not None
        matrix = np.full((num_classes, num_classes), level.rate / (num_classes - 1))
        np.fill_diagonal(matrix, 1 - level.rate)
        return matrix
