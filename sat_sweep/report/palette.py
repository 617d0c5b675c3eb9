"""One look per method, the same in every figure of a report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import cycle

NEUTRAL = "#4d4d4d"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, which colour-blind people can tell apart too."""
MARKERS = ("s", "^", "D", "v", "P", "X", "*")
"""Seven shapes against six colours: forty-two methods look different."""

SHADES = ("#b5a100", "#8aa02c", "#4f9a52", "#1f8f77", "#1d7a8c", "#2a5f96", "#3f4391", "#4a1f78")
"""From light to dark, for what has an order such as noise rates; all of them can be seen on white."""


MANY = 12
"""Lines of so many methods can still be followed."""


@dataclass(frozen=True)
class Look:
    """How a method is drawn."""

    colour: str
    marker: str
    apart: bool = False
    """Whether its lines are dashed and its marks open: the method is told more than others."""

    @property
    def line(self) -> dict[str, str]:
        """Colour and line, as matplotlib's arguments."""
        return {"color": self.colour, **({"linestyle": "--"} if self.apart else {})}

    @property
    def mark(self) -> dict[str, str]:
        """The mark, as matplotlib's arguments."""
        return {"marker": self.marker, **({"markerfacecolor": "white"} if self.apart else {})}


def looks(methods: Sequence[str], baseline: str | None, apart: Collection[str] = ()) -> dict[str, Look]:
    """The baseline in grey with a round mark, the others in the order of the table; those `apart` are dashed."""
    others = zip(cycle(COLOURS), cycle(MARKERS), strict=False)
    return {method: Look(*((NEUTRAL, "o") if method == baseline else next(others)), method in apart)
            for method in methods}


def shades(conditions: Sequence[str]) -> dict[str, Look]:
    """Conditions from light to dark in their order, each with its mark; as many as there are SHADES at most."""
    steps = [round(index * (len(SHADES) - 1) / max(1, len(conditions) - 1)) for index in range(len(conditions))]
    marks = ("o", *MARKERS)
    return {condition: Look(SHADES[step], marks[index % len(marks)])
            for index, (condition, step) in enumerate(zip(conditions, steps, strict=True))}
