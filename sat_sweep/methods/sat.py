"""Self-adaptive training: labels are slowly replaced by what the network has come to believe.

Huang, Zhang & Zhang, "Self-Adaptive Training: beyond Empirical Risk Minimization", NeurIPS 2020, arXiv 2002.10319,
algorithm 1. For a batch with logits z, once `start_epoch` epochs of cross-entropy are over:

    p = softmax(z), without gradient
    t <- momentum * t + (1 - momentum) * p            the soft targets, one-hot at first; updated before use
    w = max_j t_j                                     confidence of each example
    L = sum_i w_i * (-sum_j t_ij log p_ij) / sum_i w_i

The official code rewrites momentum and start epoch by network width and does not store the targets in its
checkpoints; here settings are what the user gave, unless `reference_width` asks for that, and targets are part of the
state.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run, Setting
from sat_sweep.tasks.base import of_classes


def update_targets(targets: torch.Tensor, probabilities: torch.Tensor, momentum: float) -> torch.Tensor:
    """Soft `targets` (B, C) moved towards the network's `probabilities` (B, C); rows stay distributions.

    `momentum` in [0, 1]: 1 keeps the labels, 0 believes the network at once. Nothing is changed in place.
    """
    return targets.lerp(probabilities, 1 - momentum)


def confidence_weighted_mean(losses: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """`losses` (B,) averaged with each example's weight max_j t_ij, normalised within the batch (equation 3)."""
    weights = targets.amax(dim=1)
    return (losses * weights).sum() / weights.sum()


def sat_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The confidence-weighted cross-entropy of `logits` (B, C) against soft `targets` (B, C), a scalar."""
    return confidence_weighted_mean(-(targets * logits.log_softmax(dim=1)).sum(dim=1), targets)


class SoftTargetParameters(Parameters):
    """alpha and E_s of the paper, which starts after 60 of 200 epochs."""

    momentum: float = hyperparameter(0.9, ge=0, le=1, search=Range(0.5, 0.99),
                                     meaning="how much of a soft target is kept when it moves to the prediction")
    start_epoch: int = hyperparameter(OfEpochs(0.3), ge=0, search=Range(OfEpochs(0.05), OfEpochs(0.6)),
                                      meaning="epochs of plain cross-entropy before targets move")


class SoftTargets(Objective):
    """An objective on self-adaptive soft targets; what differs between variants is the loss on them."""

    Parameters: ClassVar[type[Parameters]] = SoftTargetParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The momentum, from the epoch after `start_epoch` on; when it started is in the chain itself."""
        return {"momentum": self.parameters.momentum} if self._acts(epoch) else {}

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """Cross-entropy up to `start_epoch`, after that the loss on this batch's updated targets."""
        classes = of_classes(logits, self.setting.classes)
        if not self._acts(epoch):
            return torch.nn.functional.cross_entropy(classes, batch.labels)
        return self.soft_loss(logits, self._updated(classes, batch), batch.labels)

    @abstractmethod
    def soft_loss(self, logits: torch.Tensor, targets: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The scalar to minimise for `logits` (B, outputs), soft `targets` (B, C) and the given `labels` (B,)."""

    def soft_targets(self) -> torch.Tensor | None:
        """The targets, once they move."""
        return self.memory.get("targets")

    def _acts(self, epoch: int) -> bool:
        return bool(epoch > self.parameters.start_epoch)

    def begin_epoch(self, run: Run) -> None:
        """Targets begin as the given labels, in the first epoch that acts."""
        if self._acts(run.epoch) and "targets" not in self.memory:
            self.memory["targets"] = torch.nn.functional.one_hot(run.labels, self.setting.classes).float()

    def _updated(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        memory, probabilities = self.memory["targets"], logits.detach().softmax(dim=1)
        targets = update_targets(memory[batch.index], probabilities, self.parameters.momentum)
        memory.index_copy_(0, batch.index, targets)
        return targets


class SATParameters(SoftTargetParameters):
    """The same, and what the figure of double descent needs."""

    reference_width: int = hyperparameter(0, ge=0, later=True,
                                          meaning="the network width that momentum and start epoch are meant for, to "
                                          "be scaled to the actual one (64 in the official code); 0: as they are")

    def scaled(self, width: int | None) -> SATParameters:
        """For a network of this `width` w: momentum^(w / reference), start epoch * reference / w, rounded down."""
        if not (self.reference_width and width):
            return self
        ratio = width / self.reference_width
        return self.model_copy(update={"momentum": self.momentum**ratio, "start_epoch": int(self.start_epoch / ratio)})


@register
class SAT(SoftTargets):
    """Self-adaptive training with cross-entropy.

    Helps where training goes on long enough to memorise; `start_epoch` must fall after the structure is learned and
    before that. Learns imbalanced classes far worse than cross-entropy, and can hurt networks that are small for their
    data.
    """

    name = "sat"
    paper = "Huang et al. 2020, arXiv 2002.10319"
    Parameters: ClassVar[type[Parameters]] = SATParameters

    def __init__(self, parameters: SATParameters, setting: Setting) -> None:
        super().__init__(parameters.scaled(setting.width), setting)

    def soft_loss(self, logits: torch.Tensor, targets: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """`sat_loss`."""
        return sat_loss(logits, targets)
