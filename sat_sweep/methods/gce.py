"""Generalised cross-entropy: between cross-entropy (q towards 0) and mean absolute error (q = 1).

Zhang & Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels",
NeurIPS 2018, arXiv 1805.07836, equation 6.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


def gce_loss(logits: torch.Tensor, labels: torch.Tensor, q: float = 0.7) -> torch.Tensor:
    """Mean of (1 - p_y**q) / q over the batch, for `logits` (B, C), `labels` (B,) and `q` in (0, 1].

    The slope -p_y**q is exact at any p_y, and cross-entropy is what it becomes as q goes to 0: expm1 keeps the value
    of small exponents, exp the slope of large ones (torch takes the slope of expm1 from its rounded value).
    """
    exponent = -q * torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    return torch.where(exponent > -1, exponent.expm1(), exponent.exp() - 1).mean() / -q


class GCEParameters(Parameters):
    """q as in the paper; the smaller, the closer to cross-entropy."""

    q: float = hyperparameter(0.7, gt=0, le=1, search=Range(0.1, 1.0),
                              meaning="from cross-entropy (towards 0) to mean absolute error (1)")


@register
class GCE(LabelLoss):
    """Generalised cross-entropy as an objective; the truncation that the paper adds (pruning by k) is left out."""

    name = "gce"
    paper = "Zhang & Sabuncu 2018, arXiv 1805.07836"
    Parameters: ClassVar[type[Parameters]] = GCEParameters
    function = staticmethod(gce_loss)
