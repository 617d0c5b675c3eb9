"""Pair flips: every class is taken for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import model_validator

from sat_sweep.data.noise._base import NoiseLevel, register
from sat_sweep.data.noise._class_conditional import ClassConditional
from sat_sweep.data.noise._rates import Rates


@register
class Pairflip(Rates, ClassConditional):
    """Class i becomes i + 1, the last one 0 (Han et al. 2018, Co-teaching): the rate is the error rate."""

    kind: Literal["pairflip"] = "pairflip"

    @model_validator(mode="after")
    def _truth_likeliest(self) -> Pairflip:
        if max(self.rates) >= 0.5 and not self.acknowledge:
            raise ValueError(f"the true class must stay the likeliest, so pairflip rates lie below 0.5, "
                             f"got {max(self.rates)}; lower it, or write `acknowledge: true` here")
        return self

    @classmethod
    def transition(
        cls, level: NoiseLevel, num_classes: int, confusions: Mapping[int, int] | None
    ) -> np.ndarray:
        """1 - rate on the diagonal, rate one to its right."""
        assert level.rate is not None
        identity = np.eye(num_classes)
        return (1 - level.rate) * identity + level.rate * np.roll(identity, 1, axis=1)
