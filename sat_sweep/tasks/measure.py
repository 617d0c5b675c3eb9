"""What is measured of a trial, and which of it may decide anything.

No peeking is a type: whatever decides something (search, pruning, the choice of an epoch) takes a `Selection`, and
none can be made of a measure that reads true labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Point(NamedTuple):
    """Where a measure stands on a curve: the figure's title, what its horizontal axis is, the place there, its unit."""

    curve: str
    axis: str
    x: float
    unit: Literal["fraction", ""] = ""


class Measure(NamedTuple):
    """One number per epoch, of one part of the data.

    `labels` says which labels it reads: those given to the learner, the true ones, or none. `worst` is what a trial
    that broke down counts with. `bounds` are what the number can be (None: without limit). `unit` is "fraction", shown
    in percent, or "nats" or "" for a plain number. `title` is what axes and columns call it. One that is
    `drawn` has a curve by epoch in reports; one that is the `point` of a curve stands there and in no table, and one
    that is not `listed` in files alone.
    """

    name: str
    split: Literal["train", "val", "test"]
    labels: Literal["given", "true", "none"]
    better: Literal["higher", "lower"]
    worst: float
    unit: Literal["fraction", "nats", ""]
    title: str
    bounds: tuple[float | None, float | None] = (None, None)
    drawn: bool = True
    point: Point | None = None
    listed: bool = True

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is."""
        return 1 if self.better == "higher" else -1

    def beats(self, one: float, other: float) -> bool:
        """Whether value `one` is better than `other`; of equals neither is."""
        return self.sign * one > self.sign * other

    def best(self, values: Sequence[float]) -> int:
        """The position of the best of `values`, the first of equals."""
        return max(range(len(values)), key=lambda i: (self.sign * values[i], -i))


@dataclass(frozen=True)
class Selection:
    """A measure that may decide; raises ValueError for one that reads true labels, or another part than validation."""

    measure: Measure

    def __post_init__(self) -> None:
        """Refuse whatever nobody may look at before the end."""
        if self.measure.labels == "true" or self.measure.split != "val":
            raise ValueError(f"nothing may be chosen by '{self.measure.name}': it reads {self.measure.labels} labels "
                             f"of the {self.measure.split} part")

    @property
    def name(self) -> str:
        """The measure's name."""
        return self.measure.name


class Criterion(NamedTuple):
    """What a sweep may be asked to go by: a `selection`, and the `answer` of the test part that it stands for."""

    selection: Selection
    answer: Measure


def fraction(name: str, split: Literal["train", "val", "test"], labels: Literal["given", "true", "none"], title: str,
             better: Literal["higher", "lower"] = "higher") -> Measure:
    """A measure between 0 and 1, such as an accuracy or an error rate; reports call it `title`."""
    return Measure(name, split, labels, better, 0.0 if better == "higher" else 1.0, "fraction", title, (0.0, 1.0))


def smoothing_window(epochs: int, asked: int | None = None) -> int:
    """Over how many epochs a selection score is averaged: as `asked` for, else a twentieth of all `epochs`."""
    return asked or max(1, round(epochs / 20))
