"""How a method declares its hyperparameters: default, validity and search range stand on one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from sat_sweep.settings import Closed


@dataclass(frozen=True)
class OfEpochs:
    """A number of epochs written as a share of the trial's total, rounded; at least `least`."""

    share: float
    least: int = 1

    def resolve(self, epochs: int) -> int:
        """The number of epochs out of `epochs`."""
        return max(self.least, round(self.share * epochs))


@dataclass(frozen=True)
class Range:
    """Where a search looks when the space file does not say: from `low` to `high`, both included."""

    low: float | OfEpochs
    high: float | OfEpochs
    log: bool = False


@dataclass(frozen=True)
class Choices:
    """A search among a few values."""

    values: tuple[bool | int | float | str, ...]


Search = Range | Choices


def hyperparameter(default: Any, search: Search | None = None, **validity: Any) -> Any:
    """One hyperparameter: `default` (a value or `OfEpochs`), its search range, and pydantic's validity (ge, le, …).

    Without `search` it keeps its default unless the space file searches or fixes it.
    """
    return Field(default, json_schema_extra={"search": search}, **validity)  # type: ignore[dict-item]


class Parameters(Closed):
    """A method's hyperparameters; each field is a `hyperparameter`, its docstring-like meaning in `description`."""

    @classmethod
    def search_ranges(cls) -> dict[str, Search]:
        """The knobs that a search moves when the space file is silent."""
        extras: dict[str, Any] = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        return {name: extra["search"] for name, extra in extras.items() if extra and extra["search"] is not None}

    @classmethod
    def resolve(cls, given: dict[str, Any], epochs: int) -> Parameters:
        """`given` completed with defaults for a trial of `epochs` epochs; raises pydantic's ValidationError."""
        defaults = {
            name: field.default.resolve(epochs)
            for name, field in cls.model_fields.items()
            if isinstance(field.default, OfEpochs)
        }
        return cls.model_validate({**defaults, **given})
