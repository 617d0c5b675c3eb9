"""Shrink and perturb: now and then the weights are shrunk towards zero and stirred with a new initialisation.

Ash & Adams, "On Warm-Starting Neural Network Training", NeurIPS 2020, arXiv 1910.08475; as a treatment during training
Zaidi et al., "When Does Re-initialization Work?", 2022, arXiv 2206.10011.

    theta <- keep * theta + fresh * theta_0,   theta_0 a new initialisation, with new buffers and optimiser state

The learning rate goes on as scheduled: a restart of the schedule would be another budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.methods.base import Dynamics, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Record, Run


class ShrinkPerturbParameters(Parameters):
    """Shares as in Zaidi et al.; keep 0 and fresh 1 start anew."""

    every: int = hyperparameter(OfEpochs(0.2), ge=1, search=Range(OfEpochs(0.1), OfEpochs(0.5)),
                                meaning="epochs between two times; as many are left after the last")
    keep: float = hyperparameter(0.4, ge=0, le=1, search=Range(0.1, 0.9), meaning="what the weights are multiplied by")
    fresh: float = hyperparameter(0.1, ge=0, le=1, meaning="how much of a new initialisation is added")


@register
class ShrinkPerturb(Dynamics):
    """What has been memorised is lost first; what is general is learned again quickly.

    Under label noise re-initialising helped also beside tuned regularisation; with clean labels it gave little beyond
    that (Zaidi et al. 2022). What is trained after the last time must suffice to learn again.
    """

    name = "shrink_perturb"
    paper = "Ash & Adams 2020, arXiv 1910.08475"
    Parameters: ClassVar[type[Parameters]] = ShrinkPerturbParameters
    starts_anew = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Both shares, in the epochs that begin with it."""
        return self.parameters.model_dump(include={"keep", "fresh"}) if self._is_due(epoch) else {}

    def begin_epoch(self, run: Run) -> None:
        """Shrink and perturb, if this epoch begins with it."""
        if self._is_due(run.epoch):
            run.reinitialise(keep=self.parameters.keep, fresh=self.parameters.fresh)

    def _is_due(self, epoch: int) -> bool:
        done, every = epoch - 1, self.parameters.every
        return done > 0 and done % every == 0 and done + every <= self.setting.epochs
