"""Temporal ensembling: predictions are held to the average of those of earlier epochs.

Laine & Aila, "Temporal Ensembling for Semi-Supervised Learning", ICLR 2017, arXiv 1610.02242, algorithm 2, with every
example labelled. With p the predictions of epoch t (from 1), and Z (N, C) zero at first:

    L = mean_i -log p_i,y_i + w(t) * mean_ij (p_ij - Zhat_ij)**2,   Zhat = Z / (1 - alpha**(t - 1))
    after the epoch:  Z <- alpha * Z + (1 - alpha) * p
    w(t) = weight * exp(-5 (1 - (t - 1) / ramp)**2) until `ramp` epochs have passed, then weight;  0 in the first

The paper uses weight 30 on CIFAR-10 with few labels, and 300 under corrupted labels (3,000 from 50 % on).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import ramp_up
from sat_sweep.methods.tools import Batch, Record, Run
from sat_sweep.tasks.base import of_classes


def temporal_ensembling_loss(logits: torch.Tensor, labels: torch.Tensor, targets: torch.Tensor,
                             weight: float) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,), earlier predictions `targets` (B, C) and their `weight`."""
    apart = (logits.softmax(dim=1) - targets).square().mean()
    return torch.nn.functional.cross_entropy(logits, labels) + weight * apart


class TemporalEnsemblingParameters(Parameters):
    """alpha as in the paper, the weight as under corrupted labels there, a ramp of 80 of 300 epochs."""

    alpha: float = hyperparameter(0.6, ge=0, lt=1, search=Range(0.3, 0.95),
                                  meaning="how much of the average is kept per epoch")
    weight: float = hyperparameter(300.0, ge=0, search=Range(10.0, 3000.0, log=True),
                                   meaning="full weight of the distance to earlier predictions")
    ramp: int = hyperparameter(OfEpochs(80 / 300), ge=0, meaning="epochs until the weight is full")


@register
class TemporalEnsembling(Objective):
    """A network that agrees with its own past memorises less.

    Made for few labels. Under wrong ones the weight must fit their share: 300 in the paper, 3,000 from half of them on.
    It learns from its label all the same, where `sat` replaces it.
    """

    name = "temporal_ensembling"
    paper = "Laine & Aila 2017, arXiv 1610.02242"
    Parameters: ClassVar[type[Parameters]] = TemporalEnsemblingParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Average and weight; also in the first epoch, whose predictions are remembered though they weigh nothing."""
        acts = bool(self.parameters.weight)
        return {"alpha": self.parameters.alpha, "weight": self._weight(epoch)} if acts else {}

    def begin_epoch(self, run: Run) -> None:
        """Take what the last epoch predicted into the average."""
        if "average" not in self.memory:
            zeros = torch.zeros(len(run.labels), self.setting.classes, device=run.labels.device)
            self.memory |= {"average": zeros, "predicted": zeros.clone()}
        elif run.epoch > 1:
            self.memory["average"].lerp_(self.memory["predicted"], 1 - self.parameters.alpha)

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above on the given labels; remembers what is predicted."""
        classes = of_classes(logits, self.setting.classes)
        self.memory["predicted"].index_copy_(0, batch.index, classes.detach().softmax(dim=1))
        if not (weight := self._weight(epoch)):
            return torch.nn.functional.cross_entropy(classes, batch.labels)
        targets = self.memory["average"][batch.index] / (1 - self.parameters.alpha ** (epoch - 1))
        return temporal_ensembling_loss(classes, batch.labels, targets, weight)

    def _weight(self, epoch: int) -> float:
        return float(self.parameters.weight * ramp_up(epoch - 1, self.parameters.ramp)) if epoch > 1 else 0.0
