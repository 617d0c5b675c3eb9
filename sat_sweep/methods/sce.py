"""Symmetric cross-entropy: predictions are judged by labels, and labels by predictions.

Wang et al., "Symmetric Cross Entropy for Robust Learning with Noisy Labels", ICCV 2019, arXiv 1908.06112, equations 5
to 7, where the logarithm of a label's zeros is a constant A below 0:

    L = mean_i [ -alpha log p_i,y_i  -  beta A (1 - p_i,y_i) ]

The text takes A = -4, the official code the natural logarithm of 1e-4, which is -9.2. The published results, and the
weights that belong to them (0.1 and 1 on CIFAR-10, 6 and 0.1 on CIFAR-100), are those of the code; so is the default.
"""

from __future__ import annotations

import math
from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


def sce_loss(logits: torch.Tensor, labels: torch.Tensor, alpha: float = 0.1, beta: float = 1.0,
             log_zero: float = math.log(1e-4)) -> torch.Tensor:
    """The loss above for `logits` (B, C) and `labels` (B,); `log_zero` is A. With `beta` 0 it is `alpha` times CE."""
    log_p = logits.log_softmax(dim=1).gather(1, labels[:, None])
    return (-alpha * log_p + beta * log_zero * torch.expm1(log_p)).mean()


class SCEParameters(Parameters):
    """As for CIFAR-10 in the official code; CIFAR-100: 6 and 0.1."""

    alpha: float = hyperparameter(0.1, ge=0, search=Range(0.01, 10.0, log=True),
                                  meaning="weight of cross-entropy, which learns fast")
    beta: float = hyperparameter(1.0, ge=0, search=Range(0.1, 1.0, log=True),
                                 meaning="weight of reverse cross-entropy, which is robust")
    log_zero: float = hyperparameter(math.log(1e-4), lt=0, meaning="what stands for log 0 in the labels; the paper's A")


@register
class SCE(LabelLoss):
    """A fast loss and a robust one, weighted; the robust one is a mean absolute error.

    Better than `gce` at 80 % symmetric noise on CIFAR-10 in its paper (53.8 against 40.8 %). The weights belong to a
    data set and have to be searched; with clean labels it learns more slowly.
    """

    name = "sce"
    paper = "Wang et al. 2019, arXiv 1908.06112"
    Parameters: ClassVar[type[Parameters]] = SCEParameters
    function = staticmethod(sce_loss)
