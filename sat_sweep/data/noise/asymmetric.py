"""Asymmetric noise: some classes are taken for one that looks like them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator

from sat_sweep.data.noise._base import NoiseLevel, register
from sat_sweep.data.noise._class_conditional import ClassConditional
from sat_sweep.data.noise._rates import Rates
from sat_sweep.errors import UserError

Name = Annotated[str, Field(coerce_numbers_to_str=True)]


@register
class Asymmetric(Rates, ClassConditional):
    """Confusable classes flip at the given rate (Patrini et al. 2017): the dataset's pairs, or `pairs`.

    The error rate is below the rate where not every class has a partner: half of it for CIFAR-10.
    """

    kind: Literal["asymmetric"] = "asymmetric"
    pairs: dict[Name, Name] | None = None
    """True class to wrong class, by name: `{cat: dog, dog: cat}`. None: the pairs that the dataset knows."""

    @field_validator("rates")
    @classmethod
    def _below_half(cls, rates: tuple[float, ...]) -> tuple[float, ...]:
        if max(rates) >= 0.5:
            raise ValueError(f"asymmetric rates lie below 0.5, where classes swap; got {max(rates)}")
        return rates

    @field_validator("pairs")
    @classmethod
    def _different_classes(cls, pairs: dict[str, str] | None) -> dict[str, str] | None:
        for true, given in (pairs or {}).items():
            if true == given:
                raise ValueError(f"a class must be confused with another one, got '{true}' twice")
        return pairs

    def levels(self) -> list[NoiseLevel]:
        """One per rate; each carries the pairs."""
        pairs = None if self.pairs is None else tuple(self.pairs.items())
        return [level.model_copy(update={"pairs": pairs}) for level in super().levels()]

    @classmethod
    def transition(
        cls, level: NoiseLevel, num_classes: int, confusions: Mapping[int, int] | None
    ) -> np.ndarray:
        """1 - rate and rate in the rows of classes that have a partner, the identity elsewhere."""
        if not confusions:
            raise UserError("this dataset knows no confusable classes; "
                            "give them as `pairs: {cat: dog, dog: cat}` in the noise block")
        assert level.rate is not None
        matrix = np.eye(num_classes)
        for true, given in confusions.items():
            matrix[true, true] = 1 - level.rate
            matrix[true, given] = level.rate
        return matrix
