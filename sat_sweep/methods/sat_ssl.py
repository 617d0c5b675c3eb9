"""Self-adaptive training without labels: every image has a target vector that moves with what a network makes of it.

After Huang et al., "Self-Adaptive Training: Bridging Supervised and Self-Supervised Learning", TPAMI 2022, arXiv
2101.08732, of which there is no public code; this is our reading of its idea. Each training image i has a target t_i.
A step looks at one view v of it, with projections z' of the momentum encoder and predictions q of the network:

    t_i <- momentum * t_i + (1 - momentum) * z'(v) / ||z'(v)||,   z'(v) / ||z'(v)|| the first time
    L = || q(v) / ||q(v)|| - t_i / ||t_i|| ||^2
    encoder <- min(1 - 1 / (step + 1), decay) * encoder + the rest * network

What a second view is to other methods are the views of earlier epochs here, which the target remembers. In the first
epoch it remembers none.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.averages import growing_decay
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.self_supervised import ByMomentumEncoder, SelfSupervisedParameters, alignment_loss
from sat_sweep.methods.tools import Batch, Run, Tools, Update


def moved(targets: torch.Tensor, projections: torch.Tensor, momentum: float) -> torch.Tensor:
    """The first line above for `targets` and `projections` (B, P) with a `momentum` in [0, 1).

    A target of zeros is one of an image that has not been met.
    """
    normalised = torch.nn.functional.normalize(projections, dim=1)
    met = targets.any(dim=1, keepdim=True)
    return torch.where(met, momentum * targets + (1 - momentum) * normalised, normalised)


class SatSslParameters(SelfSupervisedParameters):
    """The momentum is smaller than with labels: an image is met once an epoch, and its target must follow."""

    momentum: float = hyperparameter(0.7, ge=0, lt=1, search=Range(0.3, 0.95),
                                     meaning="how much of a target is kept each time its image is met")
    decay: float = hyperparameter(0.99, ge=0, lt=1, search=Range(0.9, 0.999),
                                  meaning="how much of the momentum encoder is kept at each step")


@register
class SatSsl(ByMomentumEncoder):
    """Features from which can be predicted what earlier views of an image were to an average of the network.

    A step passes twice as many images as one of `ce`, half of them without gradients: half as dear as `byol`. Several
    epochs go by before a target says more than its image's last view.
    """

    name = "sat_ssl"
    paper = "after Huang et al. 2022, arXiv 2101.08732"
    Parameters: ClassVar[type[Parameters]] = SatSslParameters

    def begin_epoch(self, run: Run) -> None:
        """No image has been met yet."""
        super().begin_epoch(run)
        if run.epoch == 1:
            self.memory["targets"] = torch.zeros(len(run.labels), self.parameters.projection, device=run.labels.device)

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """Targets move by one view of each image, and the network makes a step towards them."""
        views, memory = self.views(tools, batch, 1), self.memory["targets"]
        targets = moved(memory[batch.index], self.project(tools, views), self.parameters.momentum)
        memory.index_copy_(0, batch.index, targets)
        seen = self.see(tools, tools.network(), views)
        taken = self.descend(tools, batch, seen.logits, alignment_loss(seen.prediction, targets))
        self.follow(tools)
        return taken

    def decay(self, step: int) -> float:
        """In the beginning that of a plain mean of all weights so far."""
        return growing_decay(step, self.parameters.decay)
