"""Generalised cross-entropy: between cross-entropy (q towards 0) and mean absolute error (q = 1).

Zhang & Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels",
NeurIPS 2018, arXiv 1805.07836, equation 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor

from sat_sweep.methods.base import Batch, Objective, Record, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter

FLOOR = 1e-7
"""p**q has an infinite slope at p = 0; below this probability the loss is flat."""


def gce_loss(logits: Tensor, labels: Tensor, q: float) -> Tensor:
    """Mean of (1 - p_y**q) / q over the batch, for `logits` (B, C), `labels` (B,) and `q` in (0, 1]."""
    given = logits.softmax(dim=1).gather(1, labels[:, None]).clamp_min(FLOOR)
    return ((1 - given**q) / q).mean()


class GCEParameters(Parameters):
    """q as in the paper; the smaller, the closer to cross-entropy."""

    q: float = hyperparameter(0.7, gt=0, le=1, search=Range(0.1, 1.0),
                              meaning="from cross-entropy (towards 0) to mean absolute error (1)")


@register
class GCE(Objective):
    """The truncation that the paper adds (pruning by k) is not part of this method."""

    name = "gce"
    paper = "Zhang & Sabuncu 2018, arXiv 1805.07836"
    Parameters: ClassVar[type[Parameters]] = GCEParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """q, from the first step on."""
        return {"q": self.parameters.q}

    def loss(self, logits: Tensor, batch: Batch, epoch: int) -> Tensor:
        """The loss above on the given labels."""
        return gce_loss(logits, batch.labels, self.parameters.q)
