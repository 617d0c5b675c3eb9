"""Cyclical focal loss: confident examples count more at the beginning and the end, hard ones in the middle.

Smith, "Cyclical Focal Loss", arXiv 2202.08978, on the schedule eta of `cyclical`. With labels smoothed by epsilon to
s_ij, and weights through which gradients flow:

    A_ij = (1 - p_iy)**gamma_pos  for the label,   p_ij**gamma_neg  for the others
    H_ij = (1 + p_iy)**gamma_hc   for the label,   1                for the others
    L = -mean_i sum_j s_ij log p_ij [(1 - eta) A_ij + eta H_ij]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.cyclical import eta as eta_of_epochs
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record


def cyclical_focal_loss(logits: torch.Tensor, labels: torch.Tensor, eta: float, gamma_hc: float = 3.0,
                        gamma_pos: float = 2.0, gamma_neg: float = 2.0, epsilon: float = 0.1) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,) and `eta` in [0, 1].

    `gamma_hc`, `gamma_pos` and `gamma_neg` are at least 0, `epsilon` is in [0, 1]; all 0 is cross-entropy. 1 - p_y
    is the sum over the other classes, whose logarithm has a finite slope also where p_y rounds to 1.
    """
    log_p, classes = logits.log_softmax(dim=1), logits.shape[1]
    label = torch.nn.functional.one_hot(labels, classes).bool()
    log_rest = log_p.masked_fill(label, -torch.inf).logsumexp(dim=1, keepdim=True)
    hard = torch.where(label, gamma_pos * log_rest, gamma_neg * log_p).exp()
    easy = torch.where(label, (1 + log_p.exp()) ** gamma_hc, 1.0)
    smoothed = torch.where(label, 1 - epsilon + epsilon / classes, epsilon / classes)
    return -(smoothed * log_p * hard.lerp(easy, eta)).sum() / len(labels)


class CyclicalFocalParameters(Parameters):
    """As in the authors' example; all exponents 0 and no smoothing is cross-entropy."""

    gamma_hc: float = hyperparameter(3.0, ge=0, search=Range(0.0, 4.0),
                                     meaning="how much more confident examples count at both ends")
    gamma_pos: float = hyperparameter(2.0, ge=0, search=Range(0.0, 4.0),
                                      meaning="how much less well predicted examples count in the middle")
    gamma_neg: float = hyperparameter(2.0, ge=0, meaning="the same for classes other than the label")
    epsilon: float = hyperparameter(0.1, ge=0, le=1, meaning="share of every label that is spread over all classes")
    factor: float = hyperparameter(4.0, ge=1, search=Range(1.0, 8.0),
                                   meaning="the middle comes after one part in so many of the training")


@register
class CyclicalFocal(Objective):
    """Learns the easy first, then the hard, and settles with the easy.

    Meant for clean labels, balanced and imbalanced; no numbers under label noise are published. Its middle looks
    hardest at what is predicted worst, which is when wrong labels are learned.
    """

    name = "cyclical_focal"
    paper = "Smith 2022, arXiv 2202.08978"
    Parameters: ClassVar[type[Parameters]] = CyclicalFocalParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The exponents, the smoothing, and where the cycle is."""
        return {**self._weights, "eta": self._eta(epoch)}

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above on the given labels, at this epoch's place in the cycle."""
        return cyclical_focal_loss(logits, batch.labels, self._eta(epoch), **self._weights)

    @property
    def _weights(self) -> dict[str, float]:
        return dict(self.parameters.model_dump(exclude={"factor"}))

    def _eta(self, epoch: int) -> float:
        return float(eta_of_epochs(self.setting.epochs, self.parameters.factor)[epoch - 1])
