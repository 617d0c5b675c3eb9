"""Bootstrap your own latent: predict what a moving average of yourself makes of another view.

Grill et al., "Bootstrap Your Own Latent", NeurIPS 2020, arXiv 2006.07733, equations 1 and 2 and section 3.2. For two
views v and v' of an image, with predictions q of the network and projections z' of the target:

    L = ||q(v) - z'(v')||^2 + ||q(v') - z'(v)||^2            all normalised
    target <- tau target + (1 - tau) network,   tau = 1 - (1 - decay) (cos(pi k / K) + 1) / 2   after step k of K

The target is the momentum encoder. No image is a negative; the average and the predictor keep features from becoming
the same for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.self_supervised import ByMomentumEncoder, SelfSupervisedParameters, alignment_loss
from sat_sweep.methods.tools import Batch, Record, Tools, Update


def rising_decay(step: int, steps: int, decay: float) -> float:
    """tau above after `step` of `steps`: from `decay` in [0, 1] at the start to 1 at the end."""
    return 1 - (1 - decay) * (math.cos(math.pi * step / steps) + 1) / 2


class ByolParameters(SelfSupervisedParameters):
    """The paper has 0.996 for hundred thousands of steps."""

    decay: float = hyperparameter(0.99, ge=0, lt=1, search=Range(0.9, 0.999),
                                  meaning="how much of the target is kept at each step in the beginning")


@register
class Byol(ByMomentumEncoder):
    """Features from which an average of the network can be predicted.

    A step passes four times as many images as one of `ce`, half of them without gradients.
    92.6 % by linear evaluation on CIFAR-10 after 1,000 epochs of a ResNet-18 (solo-learn).
    """

    name = "byol"
    paper = "Grill et al. 2020, arXiv 2006.07733"
    Parameters: ClassVar[type[Parameters]] = ByolParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, and over how many epochs the decay rises."""
        return {**super().influence(epoch, history), "epochs": self.setting.epochs}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on two views of each image."""
        views = self.views(tools, batch, 2)
        one, other = self.project(tools, views).chunk(2)
        seen = self.see(tools, tools.network(), views)
        taken = self.descend(tools, batch, seen.logits, 2 * alignment_loss(seen.prediction, torch.cat([other, one])))
        self.follow(tools)
        return taken

    def decay(self, step: int) -> float:
        """Rising to 1."""
        return rising_decay(step, self.setting.epochs * self.setting.steps_per_epoch, self.parameters.decay)
