"""Polynomial soft weighting: cross-entropy that flattens out, and counts no example above a threshold.

Shu et al., "Learning Adaptive Loss for Robust Learning with Noisy Labels", arXiv 2002.06482, after the polynomial soft
weighting of self-paced learning (Gong et al., "Multi-Modal Curriculum Learning over Graphs", 2019). With c = -log p_y:

    l_i = (d - 1) lam / d * [1 - (1 - c / lam)**(d / (d - 1))]  where c < lam,   else  (d - 1) lam / d

So an example weighs (1 - c / lam)**(1 / (d - 1)), from 1 down to 0.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter

NOTHING = 1e-19
"""What stands for 0 where an example counts no more: its powers are finite, so slopes are 0, not 0 times infinity."""


def polysoft_loss(logits: torch.Tensor, labels: torch.Tensor, lam: float = 5.0, d: float = 2.0) -> torch.Tensor:
    """Mean of the loss above for `logits` (B, C), `labels` (B,), `lam` above 0, `d` above 1; CE as `lam` grows."""
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    left = (1 - losses / lam).clamp_min(NOTHING)
    return (d - 1) * lam / d * (1 - (left ** (d / (d - 1))).mean())


class PolySoftParameters(Parameters):
    """The paper learns both; these are ours, at which examples of any use with ten classes still count."""

    lam: float = hyperparameter(5.0, gt=0, search=Range(1.0, 20.0, log=True),
                                meaning="cross-entropy above which an example counts no more")
    d: float = hyperparameter(2.0, gt=1, search=Range(1.2, 5.0),
                              meaning="how soon weights fall: 2 is a straight line, more a late drop")


@register
class PolySoft(LabelLoss):
    """Self-paced: what is far from its label is left for later, or for never.

    On CIFAR-10 with 60 % wrong labels thirteen points above cross-entropy and five below `gce`, in its paper; with
    clean labels it costs a point or two. `lam` has to be searched.
    """

    name = "polysoft"
    paper = "Shu et al. 2020, arXiv 2002.06482"
    Parameters: ClassVar[type[Parameters]] = PolySoftParameters
    function = staticmethod(polysoft_loss)
