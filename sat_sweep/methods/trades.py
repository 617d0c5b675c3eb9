"""TRADES: accuracy on images as they are, and predictions that no small change of an image can move.

Zhang, Yu, Jiao, Xing, El Ghaoui & Jordan, "Theoretically Principled Trade-off between Robustness and Accuracy",
ICML 2019, arXiv 1901.08573, equation 5 and algorithm 1:

    x' = the image within epsilon of x at which KL(p(x) || p(x')) is greatest, from x + 0.001 N(0, I)
    L = mean_i CE(f(x_i), y_i) + beta * mean_i KL(p(x_i) || p(x'_i))

The gradient of the second term goes through both predictions, as in the official code.
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.adversarial_steps import Regularised, divergence
from sat_sweep.methods.base import register
from sat_sweep.methods.tools import Batch


def trades_loss(logits: torch.Tensor, labels: torch.Tensor, adversarial: torch.Tensor, beta: float) -> torch.Tensor:
    """The loss above for `logits` (B, C) of images, given `labels` (B,), and logits of `adversarial` ones (B, C).

    `beta` is 1 / lambda of the paper.
    """
    return torch.nn.functional.cross_entropy(logits, labels) + beta * divergence(logits, adversarial).mean()


@register
class Trades(Regularised):
    """Robustness as a regulariser, `beta` being the price of accuracy.

    More robust than `pgd_at` at the paper's settings, and less accurate on unchanged images. With wrong labels half of
    it needs none: only the first term reads them.
    """

    name = "trades"
    paper = "Zhang et al. 2019, arXiv 1901.08573"

    def natural_loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """Mean cross-entropy."""
        return torch.nn.functional.cross_entropy(logits, batch.labels)
