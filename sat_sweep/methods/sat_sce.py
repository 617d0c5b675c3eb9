"""Self-adaptive training with symmetric cross-entropy on its soft targets.

Huang, Zhang & Zhang, arXiv 2101.08732; symmetric cross-entropy: Wang et al., ICCV 2019, arXiv 1908.06112.

    l_i = -alpha * sum_j t_ij log p_ij  -  beta * sum_j p_ij log t_ij

The official code takes both logarithms of softmax outputs, which is infinite where one underflows. Here log p is a
log_softmax, which never is, and log t is bounded below by log(FLOOR): a soft target may well be 0. Gradients flow
through p in both terms, never through t.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Parameters, hyperparameter
from sat_sweep.methods.sat import SoftTargetParameters, SoftTargets, confidence_weighted_mean

FLOOR = 1e-7


def sat_sce_loss(logits: torch.Tensor, targets: torch.Tensor, alpha: float = 1.0, beta: float = 0.3) -> torch.Tensor:
    """The confidence-weighted symmetric cross-entropy of `logits` (B, C) against soft `targets` (B, C), a scalar.

    `alpha` and `beta` weigh the cross-entropy of predictions against targets and that of targets against predictions.
    """
    log_p = logits.log_softmax(dim=1)
    forward = -(targets * log_p).sum(dim=1)
    reverse = -(logits.softmax(dim=1) * targets.clamp_min(FLOOR).log()).sum(dim=1)
    return confidence_weighted_mean(alpha * forward + beta * reverse, targets)


class SATSCEParameters(SoftTargetParameters):
    """`alpha` and `beta` weigh the two terms; 1 and 0.3 in the official code."""

    alpha: float = hyperparameter(1.0, ge=0, meaning="weight of the cross-entropy of predictions against targets")
    beta: float = hyperparameter(0.3, ge=0, meaning="weight of the cross-entropy of targets against predictions")


@register
class SATSCE(SoftTargets):
    """Self-adaptive training with symmetric cross-entropy.

    Helps and hurts where `sat` does. The second term holds the network back where it is surer than its targets, and has
    two more weights to set.
    """

    name = "sat_sce"
    paper = "Huang et al. 2021, arXiv 2101.08732"
    Parameters: ClassVar[type[Parameters]] = SATSCEParameters

    def influence(self, epoch: int, history: Any) -> dict[str, Any]:
        """As SAT, and the weights of the two terms."""
        acting = super().influence(epoch, history)
        return {**acting, "alpha": self.parameters.alpha, "beta": self.parameters.beta} if acting else {}

    def soft_loss(self, logits: torch.Tensor, targets: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """`sat_sce_loss`."""
        return sat_sce_loss(logits, targets, self.parameters.alpha, self.parameters.beta)
