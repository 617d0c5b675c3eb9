"""Entropy minimisation: cross-entropy, and a reward for making up one's mind.

Grandvalet & Bengio, "Semi-supervised Learning by Entropy Minimization", NeurIPS 2004; beside labels, for answers that
may be withheld: Feng et al., "Towards Better Selective Classification", ICLR 2023, arXiv 2206.09034, section 4.

    L = mean_i ( -log p_i,y_i + weight H(p_i) );   H(p) = -sum_j p_j log p_j

The code of the latter computes -sum_j p_j z_j of the logits z, which is less than the entropy by their logsumexp and
has no lower bound; this is the entropy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.entropy import mean_entropy
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record


def entropy_minimization_loss(logits: torch.Tensor, labels: torch.Tensor, weight: float = 0.01) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,) and `weight` >= 0; 0 is cross-entropy."""
    return torch.nn.functional.cross_entropy(logits, labels) + weight * mean_entropy(logits)


class EntropyMinimizationParameters(Parameters):
    """0.001 for CIFAR-10, Cars and ImageNet, 0.01 for ImageNet-100 and Food-101 in the authors' code."""

    weight: float = hyperparameter(0.01, ge=0, search=Range(1e-3, 0.3, log=True),
                                   meaning="how much the entropy of a prediction counts beside its cross-entropy")


@register
class EntropyMinimization(Objective):
    """Cross-entropy that prefers sure predictions.

    For answers that may be withheld, where it makes the greatest probability tell more; under label noise it makes a
    network surer of what it has memorised, too.
    """

    name = "entropy_minimization"
    paper = "Grandvalet & Bengio 2004; Feng et al. 2023, arXiv 2206.09034"
    Parameters: ClassVar[type[Parameters]] = EntropyMinimizationParameters
    separate_examples = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The weight, from the first step on; without any it is the base."""
        return {"weight": self.parameters.weight} if self.parameters.weight else {}

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above on the given labels."""
        return entropy_minimization_loss(logits, batch.labels, self.parameters.weight)
