"""Generalised cross-entropy: between cross-entropy (q towards 0) and mean absolute error (q = 1).

Zhang & Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels",
NeurIPS 2018, arXiv 1805.07836, equation 6.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import LabelLoss, register
from sat_sweep.methods.lq import lq
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


def gce_loss(logits: torch.Tensor, labels: torch.Tensor, q: float = 0.7) -> torch.Tensor:
    """Mean of (1 - p_y**q) / q over the batch, for `logits` (B, C), `labels` (B,) and `q` in (0, 1]."""
    return lq(logits, labels, q).mean() / q


class GCEParameters(Parameters):
    """q as in the paper; the smaller, the closer to cross-entropy."""

    q: float = hyperparameter(0.7, gt=0, le=1, search=Range(0.1, 1.0),
                              meaning="from cross-entropy (towards 0) to mean absolute error (1)")


@register
class GCE(LabelLoss):
    """Generalised cross-entropy; the truncation that the paper adds is `truncated_gce`.

    Helps under symmetric noise up to about 60 %; at 80 % and under strong asymmetric noise it degrades badly, and with
    clean labels it costs up to three points.
    """

    name = "gce"
    paper = "Zhang & Sabuncu 2018, arXiv 1805.07836"
    Parameters: ClassVar[type[Parameters]] = GCEParameters
    function = staticmethod(gce_loss)
