"""CORES2: a loss that rewards confidence, and a sieve for examples whose label is less likely than labels on average.

Cheng et al., "Learning with Instance-Dependent Label Noise: A Sample Sieve Approach", ICLR 2021, arXiv 2010.02347.
With CE(k) = -log p_k, and pi the frequencies of the given labels in the training set:

    l_i = CE(y_i) - beta(epoch) * sum_k pi_k CE(k)
    beta(epoch) is 0 up to `start_epoch`, rises evenly over `ramp` epochs, then is `beta`
    L is the mean of l_i;  after `sieve_epoch` over those i with CE(y_i) < mean_k CE(k), 0 where there are none

The paper's threshold has the second term on both sides, where it cancels.

Without a bound that term pays for probabilities that go to 0: as in the official code its log p_k is
log(p_k + 1e-8), which is exact where p_k is not tiny and has no slope left far below; CE(y_i) and the sieve are exact.
That code differs in three things: what the sieve leaves out in an epoch is taken out of pi for the next; the learning
rate is divided by 1 + beta(epoch); and it bounds the sieve's mean too. What is left out is not used for consistency
training, the paper's second phase (CORES2*).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import linear_ramp
from sat_sweep.methods.tools import Batch, Record, Run
from sat_sweep.tasks.base import of_classes

FLOOR = 1e-8


def cores2_loss(logits: torch.Tensor, labels: torch.Tensor, prior: torch.Tensor, beta: float = 2.0,
                sieve: bool = False) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,), `prior` (C,), which sums to 1, and `beta` of at least 0.

    Never below beta * log(1e-8). With `beta` 0 and no `sieve` it is cross-entropy.
    """
    log_p = logits.log_softmax(dim=1)
    of_label = log_p.gather(1, labels[:, None])[:, 0]
    bounded = torch.logaddexp(log_p, log_p.new_full((), math.log(FLOOR)))
    losses = beta * (prior * bounded).sum(dim=1) - of_label
    if not sieve:
        return losses.mean()
    kept = logits.gather(1, labels[:, None])[:, 0] > logits.mean(dim=1)  # as of log p, which is less by the same
    return (losses * kept).sum() / kept.sum().clamp_min(1)


class Cores2Parameters(Parameters):
    """As in the official code's 100 epochs on CIFAR-10: beta rises from epoch 12 to 40, the sieve begins at 32."""

    beta: float = hyperparameter(2.0, ge=0, search=Range(0.5, 4.0), meaning="full weight of the reward for confidence")
    start_epoch: int = hyperparameter(OfEpochs(0.11), ge=0, search=Range(OfEpochs(0.02), OfEpochs(0.3)),
                                      meaning="epochs of plain cross-entropy, unless it sieves earlier")
    ramp: int = hyperparameter(OfEpochs(0.29), ge=0, meaning="epochs after these until the weight is full")
    sieve_epoch: int = hyperparameter(OfEpochs(0.31), ge=0, search=Range(OfEpochs(0.15), OfEpochs(0.6)),
                                      meaning="epochs before examples are left out")


@register
class Cores2(Objective):
    """Needs no noise rate: what is less likely than a random label is left out; steps grow with beta.

    On the worst labels of CIFAR-10N 83.6 %, cross-entropy 77.7, at the best epoch by test accuracy. Made for noise that
    depends on the image.
    """

    name = "cores2"
    paper = "Cheng et al. 2021, arXiv 2010.02347"
    Parameters: ClassVar[type[Parameters]] = Cores2Parameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's beta, and whether it sieves; before either it is the base."""
        beta, sieve = self._beta(epoch), self._sieves(epoch)
        return {"beta": beta, "sieve": sieve} if beta or sieve else {}

    def begin_epoch(self, run: Run) -> None:
        """Count the given labels, when they are first needed."""
        if self.influence(run.epoch, run.history) and "prior" not in self.memory:
            self.memory["prior"] = run.labels.bincount(minlength=self.setting.classes).float() / len(run.labels)

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above with this epoch's beta."""
        classes, beta, sieve = of_classes(logits, self.setting.classes), self._beta(epoch), self._sieves(epoch)
        if not (beta or sieve):
            return torch.nn.functional.cross_entropy(classes, batch.labels)
        return cores2_loss(classes, batch.labels, self.memory["prior"], beta, sieve)

    def _beta(self, epoch: int) -> float:
        given = self.parameters
        return float(given.beta * linear_ramp(epoch, given.start_epoch, given.ramp))

    def _sieves(self, epoch: int) -> bool:
        return bool(epoch > self.parameters.sieve_epoch)
