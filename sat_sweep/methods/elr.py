"""Early-learning regularisation: the network is held to what it believed before it began to memorise.

Liu et al., "Early-Learning Regularization Prevents Memorization of Noisy Labels", NeurIPS 2020, arXiv 2007.00151,
equations 6 and 8. For a batch with predictions p, and a target per training example that begins at zero:

    t <- beta * t + (1 - beta) * p                       without gradient, before use
    L = mean_i [ -log p_i,y_i + lam * log(1 - <t_i, p_i>) ]

The official code bounds p to [1e-4, 1 - 1e-4] first, beyond which nothing has a slope any more. Here 1 - <t, p> is the
sum of p_j (1 - t_j), whose logarithm has its exact slope everywhere; only 1 - t is bounded, through which none flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run
from sat_sweep.tasks.base import of_classes

FLOOR = 1e-7


def elr_loss(logits: torch.Tensor, labels: torch.Tensor, targets: torch.Tensor, lam: float = 3.0) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,) and `targets` (B, C), whose rows sum to at most 1.

    Below zero where predictions are sure of what they have long been; with `lam` 0 it is cross-entropy.
    """
    log_p = logits.log_softmax(dim=1)
    disagreement = (log_p + (1 - targets).clamp_min(FLOOR).log()).logsumexp(dim=1)
    return torch.nn.functional.nll_loss(log_p, labels) + lam * disagreement.mean()


class ELRParameters(Parameters):
    """As for symmetric noise on CIFAR-10; asymmetric: 0.9 and 1, CIFAR-100: 0.9 and 7."""

    beta: float = hyperparameter(0.7, ge=0, lt=1, search=Range(0.5, 0.99),
                                 meaning="how much of a target is kept when it moves to the prediction")
    lam: float = hyperparameter(3.0, ge=0, search=Range(1.0, 10.0, log=True), meaning="weight of the regularisation")


@register
class ELR(Objective):
    """Cancels the pull of labels that disagree with what was learned early.

    Among the best with a single network, on symmetric, asymmetric and people's noise. beta and lam belong to the kind
    of noise: those for symmetric noise cost seven points at 40 % asymmetric.
    """

    name = "elr"
    paper = "Liu et al. 2020, arXiv 2007.00151"
    Parameters: ClassVar[type[Parameters]] = ELRParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """beta and lam, from the first step on; without lam it is the base."""
        return dict(self.parameters.model_dump()) if self.parameters.lam else {}

    def begin_epoch(self, run: Run) -> None:
        """Targets begin at zero."""
        if "targets" not in self.memory:
            self.memory["targets"] = torch.zeros(len(run.labels), self.setting.classes, device=run.labels.device)

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above with this batch's updated targets."""
        classes = of_classes(logits, self.setting.classes)
        if not self.parameters.lam:
            return torch.nn.functional.cross_entropy(classes, batch.labels)
        memory, probabilities = self.memory["targets"], classes.detach().softmax(dim=1)
        targets = memory[batch.index].lerp(probabilities, 1 - self.parameters.beta)
        memory.index_copy_(0, batch.index, targets)
        return elr_loss(classes, batch.labels, targets, self.parameters.lam)
