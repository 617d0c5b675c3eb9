"""Uniform noise: any class, the true one included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from sat_sweep.data.noise._base import NoiseLevel, register
from sat_sweep.data.noise._class_conditional import ClassConditional
from sat_sweep.data.noise._rates import Rates


@register
class Uniform(Rates, ClassConditional):
    """A label is redrawn over all C classes (the SAT paper's convention): error rate = rate (C - 1) / C."""

    kind: Literal["uniform"] = "uniform"

    @classmethod
    def transition(
        cls, level: NoiseLevel, num_classes: int, confusions: Mapping[int, int] | None
    ) -> np.ndarray:
        """(1 - rate) I + rate / C."""
        assert level.rate is not None
        return (1 - level.rate) * np.eye(num_classes) + level.rate / num_classes
