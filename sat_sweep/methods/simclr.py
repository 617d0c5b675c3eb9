"""SimCLR: of all views in a batch, find the other one of the same image.

Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", ICML 2020, arXiv 2002.05709,
algorithm 1. For 2 B normalised projections z of two views of B images, with j the other view of i:

    L = mean_i -log  exp(z_i . z_j / tau) / sum_{k != i} exp(z_i . z_k / tau)

Batches are small here, and every other image of one is a negative, also one of the same class.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.self_supervised import SelfSupervised, SelfSupervisedParameters
from sat_sweep.methods.tools import Batch, Tools, Update


def contrastive_loss(projections: torch.Tensor, temperature: float) -> torch.Tensor:
    """NT-Xent above for `projections` (2 B, P), all first views first, and tau = `temperature` > 0."""
    normalised = torch.nn.functional.normalize(projections, dim=1)
    similarity = normalised @ normalised.T / temperature
    views = torch.arange(len(similarity), device=similarity.device)
    itself = views[:, None] == views
    others = views.roll(len(views) // 2)
    return torch.nn.functional.cross_entropy(similarity.masked_fill(itself, -torch.inf), others)


class SimclrParameters(SelfSupervisedParameters):
    """The temperature is the paper's for CIFAR-10 (appendix B.9)."""

    temperature: float = hyperparameter(0.5, gt=0, search=Range(0.1, 1.0, log=True),
                                        meaning="what similarities are divided by")


@register
class Simclr(SelfSupervised):
    """Contrastive learning; a step passes twice as many images as one of `ce`.

    Better with larger batches, which have more negatives; 90.7 % by linear evaluation on CIFAR-10 after 1,000 epochs of
    a ResNet-18 (solo-learn).
    """

    name = "simclr"
    paper = "Chen et al. 2020, arXiv 2002.05709"
    Parameters: ClassVar[type[Parameters]] = SimclrParameters
    predicts = False

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on two views of each image."""
        seen = self.see(tools, tools.network(), self.views(tools, batch, 2))
        return self.descend(tools, batch, seen.logits, contrastive_loss(seen.projection, self.parameters.temperature))
