"""How a method declares its hyperparameters: meaning, default, validity and search range stand on one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import Field

from sat_sweep.settings import Closed
from sat_sweep.settings import later as added_later


class Length(NamedTuple):
    """How long a training is: its epochs, and the optimiser steps of each."""

    epochs: int
    steps_per_epoch: int


@dataclass(frozen=True)
class OfEpochs:
    """A number of epochs written as a share of the trial's total, rounded; at least `least`."""

    share: float
    least: int = 1

    def resolve(self, length: Length) -> int:
        """The number of epochs in a training of this length."""
        return max(self.least, round(self.share * length.epochs))


@dataclass(frozen=True)
class OfSteps:
    """A probability per optimiser step, written as how often per epoch it comes to pass; never above 1 per step."""

    per_epoch: float

    def resolve(self, length: Length) -> float:
        """The probability per step in a training of this length."""
        return min(1.0, self.per_epoch / length.steps_per_epoch)


Relative = OfEpochs | OfSteps
"""What has its value only in a training of known length."""


def resolved(value: Any, length: Length) -> Any:
    """`value` itself, or what it comes to in a training of this `length`."""
    return value.resolve(length) if isinstance(value, Relative) else value


@dataclass(frozen=True)
class Range:
    """Where a search looks when the space file does not say: from `low` to `high`, both included."""

    low: float | Relative
    high: float | Relative
    log: bool = False


@dataclass(frozen=True)
class Choices:
    """A search among a few values."""

    values: tuple[bool | int | float | str, ...]


Search = Range | Choices


def hyperparameter(default: Any, search: Search | None = None, *, meaning: str, later: bool = False,
                   **validity: Any) -> Any:
    """One hyperparameter: `default` (a value or a `Relative` one), its search range, what it means to the method.

    `meaning` is a sentence without a full stop, shown by `sat-sweep methods` and by editors; `validity` is pydantic's
    (ge, le, …). Without `search` it keeps its default unless the space file searches or fixes it. One that was added
    `later` than the method stands in no dump at its default, so that trials from before are still known as the same.
    """
    extra: Any = {"search": search}
    field = added_later if later else Field
    return field(default, description=meaning, json_schema_extra=extra, **validity)


class Parameters(Closed):
    """A method's hyperparameters; each field is a `hyperparameter`."""

    @classmethod
    def search_ranges(cls) -> dict[str, Search]:
        """What a search moves, and where, when the space file is silent."""
        extras: dict[str, Any] = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        return {name: extra["search"] for name, extra in extras.items() if extra and extra["search"] is not None}

    @classmethod
    def relative_to_steps(cls) -> bool:
        """Whether a default or a range depends on how many steps an epoch has."""
        ranges = [search for search in cls.search_ranges().values() if isinstance(search, Range)]
        ends = [end for search in ranges for end in (search.low, search.high)]
        return any(isinstance(value, OfSteps) for value in (*ends, *(f.default for f in cls.model_fields.values())))

    @classmethod
    def resolve(cls, given: dict[str, Any], length: Length) -> Parameters:
        """`given` completed with defaults for a trial of this `length`; raises pydantic's ValidationError."""
        defaults = {name: resolved(field.default, length) for name, field in cls.model_fields.items()}
        return cls.model_validate({**defaults, **given})
