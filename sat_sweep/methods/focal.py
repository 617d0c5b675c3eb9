"""Focal loss: what is predicted well already counts less.

Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, arXiv 1708.02002, equation 4, without class weights:

    l_i = -(1 - p_y)**gamma log p_y

It is made for hard examples, and under label noise many of these are wrong: a baseline that shows what that costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record


def focal_loss(logits: torch.Tensor, labels: torch.Tensor, gamma: float = 2.0) -> torch.Tensor:
    """Mean of the loss above for `logits` (B, C), `labels` (B,) and `gamma` of at least 0; 0 is cross-entropy.

    1 - p_y is the sum over the other classes, whose logarithm has a finite slope also where p_y rounds to 1.
    """
    log_p = logits.log_softmax(dim=1)
    log_rest = log_p.scatter(1, labels[:, None], -torch.inf).logsumexp(dim=1)
    return ((gamma * log_rest).exp() * torch.nn.functional.nll_loss(log_p, labels, reduction="none")).mean()


class FocalParameters(Parameters):
    """The paper's 2."""

    gamma: float = hyperparameter(2.0, ge=0, search=Range(0.5, 5.0),
                                  meaning="how fast a well predicted example counts less; 0 is cross-entropy")


@register
class Focal(Objective):
    """The loss that looks hardest at what is predicted worst.

    Hurts under label noise, since what is predicted worst is often wrong. For clean labels with rare classes, or as a
    control.
    """

    name = "focal"
    paper = "Lin et al. 2017, arXiv 1708.02002"
    Parameters: ClassVar[type[Parameters]] = FocalParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """gamma, from the first step on; with 0 it is the base."""
        return {"gamma": self.parameters.gamma} if self.parameters.gamma else {}

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above on the given labels; the base itself where gamma is 0, to the bit."""
        if not self.parameters.gamma:
            return torch.nn.functional.cross_entropy(logits, batch.labels)
        return focal_loss(logits, batch.labels, self.parameters.gamma)
