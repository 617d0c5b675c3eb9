"""Hard bootstrapping: a part of every label is the class that the network predicts itself.

Reed et al., "Training Deep Neural Networks on Noisy Labels with Bootstrapping", ICLR 2015 workshop, arXiv 1412.6596,
equation 7:

    l_i = -beta log p_i,y_i - (1 - beta) max_j log p_ij
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


def bootstrap_hard_loss(logits: torch.Tensor, labels: torch.Tensor, beta: float = 0.8) -> torch.Tensor:
    """Mean of the loss above for `logits` (B, C), `labels` (B,) and `beta` in [0, 1]; 1 is cross-entropy."""
    log_p, loss = logits.log_softmax(dim=1), torch.nn.functional.nll_loss
    return beta * loss(log_p, labels) + (1 - beta) * loss(log_p, logits.argmax(dim=1))


class BootstrapHardParameters(Parameters):
    """The paper's 0.8."""

    beta: float = hyperparameter(0.8, ge=0, lt=1, search=Range(0.5, 0.99),
                                 meaning="share of the given label in the target")


@register
class BootstrapHard(LabelLoss):
    """Believes the label in part, and in part the network.

    Bootstrapping was within a point of cross-entropy on CIFAR-10 at all symmetric rates in Liu et al. 2020: do not
    expect much. It trusts the network from the first step on, when that knows nothing.
    """

    name = "bootstrap_hard"
    paper = "Reed et al. 2015, arXiv 1412.6596"
    Parameters: ClassVar[type[Parameters]] = BootstrapHardParameters
    function = staticmethod(bootstrap_hard_loss)
