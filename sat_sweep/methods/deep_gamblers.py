"""Deep gamblers: a network that may keep a part of its stake instead of betting on a class.

Liu et al., "Deep Gamblers: Learning to Abstain with Portfolio Theory", NeurIPS 2019, arXiv 1907.00208, equation 6.
With q the softmax of C + 1 logits, the last of which abstains, and a right bet paying `reward` times the stake:

    L = -mean_i log( q_iy + q_i,abstain / reward )

up to a constant. The smaller the reward, the more the network abstains; from C on it never pays to. Before
`start_epoch` epochs are over it is cross-entropy on the first C logits, as in the official code, which does so for a
third of the training where the reward is low.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record


def deep_gamblers_loss(logits: torch.Tensor, labels: torch.Tensor, reward: float = 2.2) -> torch.Tensor:
    """The loss above for `logits` (B, C + 1), given `labels` (B,) and `reward` > 1; a scalar."""
    log_q = logits.log_softmax(dim=1)
    given = -torch.nn.functional.nll_loss(log_q, labels, reduction="none")
    return -torch.logaddexp(given, log_q[:, -1] - math.log(reward)).mean()


class DeepGamblersParameters(Parameters):
    """`reward` is o in the paper: 2.2 for SVHN and CIFAR-10 to 6 elsewhere."""

    reward: float = hyperparameter(2.2, gt=1, search=Range(1.2, 8.0),
                                   meaning="what a right answer pays; the lower, the more often it abstains")
    start_epoch: int = hyperparameter(OfEpochs(1 / 3), ge=0, search=Range(OfEpochs(0.0, least=0), OfEpochs(0.5)),
                                      meaning="epochs of plain cross-entropy before it may abstain")


@register
class DeepGamblers(Objective):
    """The gambler's loss as an objective, after a beginning of cross-entropy.

    For answers that may be withheld. The reward belongs to a data set (2.2 for CIFAR-10 in the paper, 5.2 and 7.8 where
    others tuned it for CIFAR-10 and SVHN); where it is low, training without a beginning of cross-entropy fails.
    """

    name = "deep_gamblers"
    paper = "Liu et al. 2019, arXiv 1907.00208"
    Parameters: ClassVar[type[Parameters]] = DeepGamblersParameters

    def outputs(self, classes: int) -> int:
        """One logit per class, and the abstention."""
        return classes + 1

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The reward, from the epoch after `start_epoch` on."""
        return {"reward": self.parameters.reward} if epoch > self.parameters.start_epoch else {}

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """Cross-entropy on the classes up to `start_epoch`, after that `deep_gamblers_loss`."""
        if epoch > self.parameters.start_epoch:
            return deep_gamblers_loss(logits, batch.labels, self.parameters.reward)
        return torch.nn.functional.cross_entropy(logits[:, :self.setting.classes], batch.labels)
