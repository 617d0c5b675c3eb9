"""The schedule of general cyclical training: an easy start, a hard middle, an easy end.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835. What is cycled is at one end of its range
where eta is 1 and at the other where it is 0:

    value(epoch) = eta * low + (1 - eta) * high
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sat_sweep.methods.base import Dynamics
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Record, Run

PAPER = "Smith 2022, arXiv 2202.08835"


def eta(epochs: int, factor: float = 2.0) -> NDArray[np.float64]:
    """eta (epochs,) of each epoch in [0, 1]: from 1 down to 0 after a `factor`-th of the training, and up to 1 again.

    `factor` of at least 1: 2 is a symmetric triangle, 1 goes down once and stays. A single epoch has 1.
    """
    if epochs == 1:
        return np.ones(1)
    epoch = np.arange(epochs, dtype=np.float64)
    passed = factor * epoch / (epochs - 1)
    back = (passed - 1) / (factor - 1) if factor > 1 else np.zeros(epochs)
    return np.clip(np.where(factor * epoch < epochs, 1 - passed, back), 0.0, 1.0)


def between(low: float, high: float, eta: float) -> float:
    """The value that is `low` where `eta` is 1, and `high` where it is 0."""
    return (1 - eta) * high + eta * low


class CycleParameters(Parameters):
    """What all cycles have; each brings its own `low` and `high`."""

    factor: float = hyperparameter(2.0, ge=1, search=Range(1.0, 8.0),
                                   meaning="the middle comes after one part in so many of the training")


class Cyclical(Dynamics):
    """Dynamics that set one of the step settings anew in every epoch; `low` and `high` are among its parameters."""

    changes: ClassVar[str]
    """Which field of `StepSettings`."""
    paper = PAPER

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's value."""
        return {self.changes: self.value(epoch)}

    def begin_epoch(self, run: Run) -> None:
        """Train with it."""
        run.change(**{self.changes: self.setting_for(run)})

    def value(self, epoch: int) -> float:
        """Where between `low` and `high` the cycle is in `epoch`."""
        given = self.parameters
        return between(given.low, given.high, float(eta(self.setting.epochs, given.factor)[epoch - 1]))

    def setting_for(self, run: Run) -> float:
        """What the setting becomes in the epoch of `run`: the value, unless that is a share of something."""
        return self.value(run.epoch)
