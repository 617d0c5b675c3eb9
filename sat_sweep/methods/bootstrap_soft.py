"""Soft bootstrapping: a part of every label is what the network predicts itself.

Reed et al., "Training Deep Neural Networks on Noisy Labels with Bootstrapping", ICLR 2015 workshop, arXiv 1412.6596,
equation 6:

    l_i = -sum_j [beta [j = y_i] + (1 - beta) p_ij] log p_ij

The gradient flows through the prediction in the target too: the paper calls it cross-entropy with a regulariser of
minimum entropy, which it is only then.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


def bootstrap_soft_loss(logits: torch.Tensor, labels: torch.Tensor, beta: float = 0.95) -> torch.Tensor:
    """Mean of the loss above for `logits` (B, C), `labels` (B,) and `beta` in [0, 1]; 1 is cross-entropy."""
    log_p = logits.log_softmax(dim=1)
    entropy = -(log_p.exp() * log_p).sum() / len(labels)
    return beta * torch.nn.functional.nll_loss(log_p, labels) + (1 - beta) * entropy


class BootstrapSoftParameters(Parameters):
    """The paper's 0.95."""

    beta: float = hyperparameter(0.95, ge=0, lt=1, search=Range(0.5, 0.99),
                                 meaning="share of the given label in the target")


@register
class BootstrapSoft(LabelLoss):
    """Cross-entropy and a preference for being sure.

    Bootstrapping was within a point of cross-entropy on CIFAR-10 at all symmetric rates in Liu et al. 2020: do not
    expect much. It trusts the network from the first step on, when that knows nothing.
    """

    name = "bootstrap_soft"
    paper = "Reed et al. 2015, arXiv 1412.6596"
    Parameters: ClassVar[type[Parameters]] = BootstrapSoftParameters
    function = staticmethod(bootstrap_soft_loss)
