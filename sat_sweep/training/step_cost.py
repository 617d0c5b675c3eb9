"""What a step of a method costs beside one of another, and what the method keeps: found out by training a little."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from sat_sweep.data import Dataset, steps_per_epoch
from sat_sweep.training.loop import Trial, prepare_torch
from sat_sweep.training.network import MAIN
from sat_sweep.training.probe import beginning
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.spec import TrialSpec

ROUNDS = 5
"""The fewest that a median is taken of."""


class LastEpoch:
    """A trial that has come to its last epoch, when all of its method acts, and trains that again and again."""

    def __init__(self, spec: TrialSpec, dataset: Dataset | None = None, steps: int | None = None) -> None:
        """`dataset` where the caller has it; with `steps` an epoch has no more than so many."""
        prepare_torch(spec)
        trial = Trial(spec, dataset)
        self._run, self._number = TrainingRun(spec, trial.data, trial.method), spec.training.epochs
        data, size = self._run.data, spec.training.batch_size
        data = data if steps is None else beginning(data, steps * size)
        self._run.data = replace(data, test=None)
        for epoch in range(1, self._number):
            metrics, _ = self._run.train_epoch(epoch)
            self._run.remember(EpochRecord(epoch, metrics, signature="", acts=True))
        self._run.data = replace(self._run.data, validation=None)
        self.steps = steps_per_epoch(data.examples_per_epoch, size)
        self.seconds()

    def seconds(self) -> float:
        """The processor time of one step, the mean of this epoch's; what else the machine does is not in it."""
        started = time.process_time()
        self._run.train_epoch(self._number)
        return (time.process_time() - started) / self.steps

    @property
    def memory(self) -> dict[str, tuple[int, ...]]:
        """The shapes of what the method remembers from step to step, by name."""
        return {name: tuple(value.shape) for name, value in self._run.method.memory.items()}

    @property
    def examples(self) -> int:
        """How many there are to train on."""
        return len(self._run.labels)

    @property
    def classes(self) -> int:
        """How many there are to tell apart."""
        return self._run.classes

    @property
    def further_networks(self) -> list[str]:
        """The names of the networks beside the main one."""
        return [name for name in self._run.networks if name != MAIN]


def relative_cost(ours: LastEpoch, base: LastEpoch, seconds: float) -> tuple[float, float]:
    """How many times as long a step of `ours` takes as one of `base`, and the seconds of one of `base`; medians.

    The two take turns for so many `seconds`, and for ROUNDS rounds at least, so that a slow minute is slow for both.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(taken[0]) < ROUNDS:
        for each, times in ((ours, taken[0]), (base, taken[1]))[:: 1 if len(taken[0]) % 2 else -1]:
            times.append(each.seconds())
    mine, theirs = (statistics.median(times) for times in taken)
    return mine / theirs, theirs
