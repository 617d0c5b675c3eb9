"""Cyclical learning rate: it rises and falls in triangles, step by step.

Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, arXiv 1506.01186. At iteration i (from 0),
with half a cycle of S steps:

    c = floor(1 + i / 2S),   x = |i / S - 2c + 1|,   rate = base + (highest - base) * max(0, 1 - x) * g
    g = 1 (triangular),   2**(1 - c) (triangular2),   gamma**i (exp_range)

`highest` is what `training.optimizer.lr` and `training.schedule` make of the epoch, `base` a share of it; with
`schedule: constant`, and epochs that fill whole cycles, it is the paper's. `sat-sweep lr-range` finds both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from sat_sweep.methods.base import Dynamics, register
from sat_sweep.methods.parameters import Choices, OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Record, Run

Shape = Literal["triangular", "triangular2", "exp_range"]


def cyclical_rate(iteration: int, base: float, highest: float, half: int, shape: Shape = "triangular",
                  gamma: float = 1.0) -> float:
    """The learning rate above at `iteration` (from 0), between `base` and `highest`; `half` a cycle in steps.

    `shape` is how triangles shrink; `gamma` in (0, 1] is their decay per step under "exp_range".
    """
    cycle = math.floor(1 + iteration / (2 * half))
    height = max(0.0, 1 - abs(iteration / half - 2 * cycle + 1))
    shrunk = {"triangular": 1.0, "triangular2": 2.0 ** (1 - cycle), "exp_range": gamma**iteration}[shape]
    return base + (highest - base) * height * shrunk


class CyclicalLrParameters(Parameters):
    """The paper finds half a cycle of 2 to 8 epochs good."""

    base: float = hyperparameter(0.1, ge=0, le=1, search=Range(0.01, 0.5, log=True),
                                 meaning="lowest learning rate, as a share of the highest")
    half: int = hyperparameter(OfEpochs(0.125), ge=1, search=Range(OfEpochs(0.05), OfEpochs(0.25)),
                               meaning="epochs of half a cycle")
    shape: Shape = hyperparameter("triangular", search=Choices(("triangular", "triangular2")),
                                  meaning="triangles of one height, halved each time, or decaying with gamma")
    gamma: float = hyperparameter(0.9999, gt=0, le=1, meaning="decay of the height per step under exp_range")


@register
class CyclicalLr(Dynamics):
    """High rates carry the network out of sharp minima, low ones let it settle.

    Reached 81.4 % on CIFAR-10 in a third of the steps of a fixed decay in its paper. `lr-range` tells the bounds;
    nothing in it is about wrong labels.
    """

    name = "cyclical_lr"
    paper = "Smith 2017, arXiv 1506.01186"
    Parameters: ClassVar[type[Parameters]] = CyclicalLrParameters
    counts_steps = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, and where in the cycles the epoch is."""
        return {**self.parameters.model_dump(), "epoch": epoch}

    def begin_epoch(self, run: Run) -> None:
        """The rate of the first step."""
        self._highest = run.settings.learning_rate
        self._set(run, 0)

    def after_step(self, run: Run, step: int) -> None:
        """The rate of the next one."""
        self._set(run, step + 1)

    def _set(self, run: Run, step: int) -> None:
        given, steps = self.parameters, self.setting.steps_per_epoch
        rate = cyclical_rate((run.epoch - 1) * steps + step, given.base * self._highest, self._highest,
                             given.half * steps, given.shape, given.gamma)
        run.change(learning_rate=rate)
