"""Forward correction: the network learns the true labels, and a matrix makes noisy ones of its predictions.

Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction Approach", CVPR 2017,
arXiv 1609.03683, theorem 2. With T_ij = P(given label = j | true label = i), estimated as in `transition`:

    L = -mean_i log sum_j p_ij T_j,y_i

With the identity it is cross-entropy.
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.transition import TransitionLoss, estimate_transition

__all__ = ["Forward", "estimate_transition", "forward_loss"]


def forward_loss(logits: torch.Tensor, labels: torch.Tensor, transition: torch.Tensor) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,) and the `transition` matrix (C, C), whose rows sum to 1."""
    log_reached = transition.to(logits).log().T[labels]
    return -(logits.log_softmax(dim=1) + log_reached).logsumexp(dim=1).mean()


@register
class Forward(TransitionLoss):
    """Its minimiser is that of cross-entropy on true labels, if the matrix is right.

    Helps where classes are mistaken for each other in a known way. The estimate needs examples of every class of which
    the network is sure: with a hundred classes it hurts (39 % on CIFAR-100 at a nominal 20 %, cross-entropy 59). Told
    the matrix, it is told more than others.
    """

    name = "forward"
    paper = "Patrini et al. 2017, arXiv 1609.03683"

    def corrected(self, logits: torch.Tensor, labels: torch.Tensor, transition: torch.Tensor) -> torch.Tensor:
        """`forward_loss` for `logits` (B, C), `labels` (B,) and the `transition` matrix (C, C)."""
        return forward_loss(logits, labels, transition)
