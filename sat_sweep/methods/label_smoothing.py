"""Label smoothing: a little of every label is spread over all classes.

Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, arXiv 1512.00567, section 7.

    s_ij = (1 - epsilon) [j = y_i] + epsilon / C;   L = -mean_i sum_j s_ij log p_ij
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record


def label_smoothing_loss(logits: torch.Tensor, labels: torch.Tensor, epsilon: float = 0.1) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,) and `epsilon` in [0, 1]; 0 is cross-entropy."""
    return torch.nn.functional.cross_entropy(logits, labels, label_smoothing=epsilon)


class LabelSmoothingParameters(Parameters):
    """0.1 in the paper and in comparisons under label noise."""

    epsilon: float = hyperparameter(0.1, ge=0, le=1, search=Range(0.01, 0.5),
                                    meaning="share of every label that is spread over all classes")


@register
class LabelSmoothing(Objective):
    """The oldest remedy against overconfidence.

    Slows memorising down and does not prevent it; helps calibration. A baseline, not a remedy against many wrong
    labels.
    """

    name = "label_smoothing"
    paper = "Szegedy et al. 2016, arXiv 1512.00567"
    Parameters: ClassVar[type[Parameters]] = LabelSmoothingParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """epsilon, from the first step on; without any it is the base."""
        return {"epsilon": self.parameters.epsilon} if self.parameters.epsilon else {}

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above on the given labels."""
        return label_smoothing_loss(logits, batch.labels, self.parameters.epsilon)
