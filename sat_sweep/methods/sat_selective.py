"""Self-adaptive training for selective classification: a further output takes what the targets no longer believe.

Huang, Zhang & Zhang, NeurIPS 2020, arXiv 2002.10319, section 4.2, and arXiv 2101.08732. The network has C + 1 outputs,
the last of which abstains. Once `start_epoch` epochs of cross-entropy on the first C are over, with p the softmax of
the first C logits and q that of all:

    t <- momentum * t + (1 - momentum) * p            the soft targets, one-hot at first
    L = -mean_i ( t_iy log q_iy + (1 - t_iy) log q_i,abstain )

The paper has momentum 0.99 and start epoch 0, the official scripts 0.9 and half of the training. Confidence-weighting
is no part of it. Feng et al. (ICLR 2023, arXiv 2206.09034) add `entropy_weight` times the mean entropy of p.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.entropy import mean_entropy
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.sat import SoftTargets
from sat_sweep.methods.tools import Record


def sat_selective_loss(logits: torch.Tensor, labels: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss above for `logits` (B, C + 1), given `labels` (B,) and soft `targets` (B, C); a scalar."""
    log_q = logits.log_softmax(dim=1)
    belief = targets.gather(1, labels[:, None]).squeeze(1)
    given = log_q.gather(1, labels[:, None]).squeeze(1)
    return -(belief * given + (1 - belief) * log_q[:, -1]).mean()


class SATSelectiveParameters(Parameters):
    """As of SAT; ranges as tuned for CIFAR, SVHN and MNIST by others."""

    momentum: float = hyperparameter(0.99, ge=0, le=1, search=Range(0.9, 0.99),
                                     meaning="how much of a soft target is kept when it moves to the prediction")
    start_epoch: int = hyperparameter(OfEpochs(0.0, least=0), ge=0,
                                      search=Range(OfEpochs(0.0, least=0), OfEpochs(0.2)),
                                      meaning="epochs of plain cross-entropy before targets move")
    entropy_weight: float = hyperparameter(0.0, ge=0, later=True,
                                           meaning="how much the entropy of a prediction counts, such as 0.01")


@register
class SATSelective(SoftTargets):
    """SAT with an abstention.

    For answers that may be withheld. The largest probability of the trained network tells better than its own
    abstention which to withhold (Feng et al., ICLR 2023); imbalanced classes are learned badly, as with `sat`.
    """

    name = "sat_selective"
    paper = "Huang et al. 2020, arXiv 2002.10319"
    Parameters: ClassVar[type[Parameters]] = SATSelectiveParameters

    def outputs(self, classes: int) -> int:
        """One logit per class, and the abstention."""
        return classes + 1

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """As of SAT, and the weight of the entropy where there is any."""
        acting, weight = super().influence(epoch, history), self.parameters.entropy_weight
        return {**acting, "entropy_weight": weight} if acting and weight else acting

    def soft_loss(self, logits: torch.Tensor, targets: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """`sat_selective_loss`, and the entropy over the classes."""
        loss, weight = sat_selective_loss(logits, labels, targets), self.parameters.entropy_weight
        return loss + weight * mean_entropy(logits[:, :-1]) if weight else loss
