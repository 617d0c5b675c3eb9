"""Mean absolute error: a loss that symmetric noise cannot turn against the truth, and that learns slowly.

Ghosh, Kumar & Sastry, "Robust Loss Functions under Label Noise for Deep Neural Networks", AAAI 2017,
arXiv 1712.09482. The sum over all labels is the same for every prediction, which makes the risk under symmetric noise
a rising function of the true one.

    L = mean_i sum_j |p_ij - [j = y_i]| = mean_i 2 (1 - p_i,y_i)
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.parameters import Parameters


def mae_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss above for `logits` (B, C) and `labels` (B,), a scalar in [0, 2]."""
    return 2 * (1 - logits.softmax(dim=1).gather(1, labels[:, None])).mean()


class MAEParameters(Parameters):
    """None."""


@register
class MAE(LabelLoss):
    """Robust in theory, slow in practice: with many classes it underfits.

    For few classes, much noise and long training. Not for a hundred classes.
    """

    name = "mae"
    paper = "Ghosh et al. 2017, arXiv 1712.09482"
    Parameters: ClassVar[type[Parameters]] = MAEParameters
    function = staticmethod(mae_loss)
