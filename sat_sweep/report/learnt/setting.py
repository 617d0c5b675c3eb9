"""A setting that was searched, as an axis: where its values stand, and what is written there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sat_sweep.report.wording import setting as in_words

DECADE = 10.0
CELLS = 5
"""Cells of a range of numbers in a heat map."""
MOST_TICKS = 5


@dataclass(frozen=True)
class Setting:
    """Numbers from `low` to `high`, drawn at their logarithms if `log`, or `choices`, side by side in their order."""

    name: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    integer: bool = False
    choices: tuple[Any, ...] | None = None

    def place(self, value: Any) -> float:
        """Where `value` stands on the axis."""
        if self.choices is not None:
            return float(self.choices.index(value))
        return math.log10(value) if self.log else float(value)

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last place of the axis."""
        if self.choices is not None:
            return -0.5, len(self.choices) - 0.5
        low, high = self.place(self.low), self.place(self.high)
        return (low, high) if low < high else (low - 0.5, high + 0.5)

    @property
    def edges(self) -> list[float]:
        """Where the cells of a heat map begin and end: one for each choice, CELLS for a range of numbers."""
        count = CELLS if self.choices is None else len(self.choices)
        low, high = self.ends
        return [low + (high - low) * index / count for index in range(count + 1)]

    def cell(self, value: Any) -> int:
        """In which cell `value` lies."""
        low, high = self.ends
        count = len(self.edges) - 1
        return min(count - 1, max(0, int((self.place(value) - low) / (high - low) * count)))

    @property
    def ticks(self) -> dict[float, str]:
        """Places with what is written there."""
        values = list(self.choices) if self.choices is not None else _round(self.low, self.high, self.log)
        return {self.place(value): in_words(value) for value in values}

    @property
    def range(self) -> str:
        """`0.5 to 0.99`, `0.001 to 0.1, log`, or the choices."""
        if self.choices is not None:
            return ", ".join(map(in_words, self.choices))
        return f"{in_words(self.low)} to {in_words(self.high)}{', log' if self.log else ''}"

    def as_data(self) -> dict[str, Any]:
        """What an estimate of importance needs to know of it."""
        return vars(self)


def setting_of(name: str, ranges: Iterable[Mapping[str, Any]], values: Sequence[Any]) -> Setting:
    """The setting `name`, from the `ranges` of the studies that search it and the `values` that were drawn.

    Records of older versions have no ranges: then the values say how far it goes, and whether their logarithms count.
    """
    known = [wanted for wanted in ranges if wanted]
    choices = [choice for wanted in known for choice in wanted.get("choices") or ()]
    if choices or not all(map(_is_number, values)):
        return Setting(name, choices=tuple(dict.fromkeys([*choices, *values])))
    numbers = [*values, *(wanted[end] for wanted in known for end in ("low", "high"))]
    low, high = min(numbers), max(numbers)
    log = any(wanted.get("log") for wanted in known) if known else 0 < DECADE * low < high
    return Setting(name, low, high, log, all(isinstance(value, int) for value in values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _round(low: float, high: float, log: bool) -> list[float]:
    """A few round numbers between `low` and `high`; the two themselves where there are none."""
    span = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) if log else ()
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0**power for power in span for step in steps if low <= step * 10.0**power <= high]
        if 2 <= len(found) <= MOST_TICKS:
            return found
    if len(span) > MOST_TICKS:
        return [10.0**power for power in span[1::math.ceil(len(span) / MOST_TICKS)]]
    return [low, high] if log else _even(low, high)


def _even(low: float, high: float) -> list[float]:
    if low == high:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / MOST_TICKS))
    step = next(times * power for times in (1, 2, 5, 10) if (high - low) / (times * power) <= MOST_TICKS)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
