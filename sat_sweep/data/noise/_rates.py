"""The kinds whose strength is a number."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from sat_sweep.data.noise._base import NoiseLevel, NoiseSpec

Rate = Annotated[float, Field(ge=0, lt=1)]


class Rates(NoiseSpec):
    """One level per rate, each in [0, 1)."""

    rates: tuple[Rate, ...] = Field(min_length=1)
    """The levels: a study of each method for each."""

    @field_validator("rates")
    @classmethod
    def _different(cls, rates: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(rates)) != len(rates):
            raise ValueError(f"every rate may stand here once, got {list(rates)}; remove the repetition")
        return rates

    def levels(self) -> list[NoiseLevel]:
        """One per rate, named like `symmetric-0.4`."""
        return [NoiseLevel(kind=self.kind, label=f"{self.kind}-{rate}", rate=rate) for rate in self.rates]
