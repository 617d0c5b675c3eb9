"""What an epoch takes a worker: told apart by what acts in it, since methods are not equally dear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sat_sweep.config.conditions import point_label
from sat_sweep.config.study import Study
from sat_sweep.search.job import Stage
from sat_sweep.search.pace import MARGIN


@dataclass
class Mean:
    """The mean of what was added."""

    total: float = 0.0
    number: int = 0

    def add(self, total: float, number: int = 1) -> None:
        """Add `number` values with this sum."""
        self.total += total
        self.number += number

    @property
    def value(self) -> float:
        """0 where nothing was added."""
        return self.total / self.number if self.number else 0.0


class EpochCosts:
    """Seconds of a worker per epoch, and per trial besides its epochs, from what has been trained."""

    def __init__(self) -> None:
        self._epochs: dict[tuple[str, ...], Mean] = defaultdict(Mean)
        self._besides: dict[str, Mean] = defaultdict(Mean)

    def add_epochs(self, study: Study, stage: Stage, acts: bool, epochs: Iterable[Mapping[str, Any]]) -> None:
        """Epochs of a trial of `study` were trained, with these metrics; by more than cross-entropy if it `acts`."""
        seconds = [metrics["epoch_seconds"] for metrics in epochs if metrics.get("epoch_seconds") is not None]
        if seconds:
            for key, _ in self._keys(study, stage, acts):
                self._epochs[key].add(sum(seconds), len(seconds))

    def add_trial(self, stage: Stage, seconds: float) -> None:
        """A trial has taken so many seconds besides those of its epochs."""
        self._besides[stage].add(max(0.0, seconds))
        self._besides["any"].add(max(0.0, seconds))

    def epoch(self, study: Study, stage: Stage, acts: bool) -> float:
        """What an epoch takes, from those most like it that have been seen; 0 where none has."""
        for key, factor in self._keys(study, stage, acts):
            if self._epochs[key].number:
                return factor * self._epochs[key].value
        return 0.0

    def besides(self, stage: Stage) -> float:
        """What a trial takes besides its epochs; 0 where none has ended."""
        known = self._besides[stage]
        return known.value if known.number else self._besides["any"].value

    def _keys(self, study: Study, stage: Stage, acts: bool) -> Iterator[tuple[tuple[str, ...], float]]:
        """Under what an epoch is kept, the most particular first, and what those under it have to be multiplied with.

        Noise changes no cost, what `vary` changes may. Plain epochs cost the same whatever the method.
        """
        method, point = study.method if acts else "", point_label(study.condition.vary)
        unlike = MARGIN if stage == "confirm" else 1.0
        yield (stage, method, point), 1.0
        yield (method, point), unlike
        yield ("any", method), unlike
        yield (), unlike
