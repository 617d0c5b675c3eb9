"""MixMatch: sharpened guesses for unlabelled examples, and everything mixed with everything.

Berthelot et al., "MixMatch: A Holistic Approach to Semi-Supervised Learning", NeurIPS 2019, arXiv 1905.02249, algorithm
1. Of each batch of B labelled examples and `ratio` B unlabelled ones u, in VIEWS views each:

    q = sharpen( mean over views of softmax f(view(u)) ),  without gradient;  sharpen: q**(1 / temperature) / its sum
    W = labelled (x, y) and all views (u, q);  each is mixed with a random one of W:
    l x_a + (1 - l) x_b and its targets likewise,  l = max(l', 1 - l'), l' of Beta(alpha, alpha) for each pair
    L = mean CE (from labelled) + lambda_u(epoch) * mean over examples and classes of (p - q)**2 (from unlabelled)
    lambda_u rises in a straight line over `ramp` epochs

Running statistics of normalisation see the mixtures alone, all of them in one pass; in the official code, whose passes
are apart, those of labelled examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.mixing import draw_pairs_each, mix_each
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import linear_ramp
from sat_sweep.methods.sharpening import sharpened
from sat_sweep.methods.tools import Batch, Network, Record, Tools, Update
from sat_sweep.methods.unlabelled import unlabelled_batch

VIEWS = 2
"""Augmented views that a guess is the mean of."""


def mixmatch_loss(logits: torch.Tensor, targets: torch.Tensor, labelled: int, weight: float) -> torch.Tensor:
    """L above for `logits` and `targets` (N, C), the first `labelled` from labelled examples; a scalar.

    `weight` is lambda_u of now, at least 0.
    """
    supervised = torch.nn.functional.cross_entropy(logits[:labelled], targets[:labelled])
    apart = (logits[labelled:].softmax(dim=1) - targets[labelled:]).square().mean()
    return supervised + weight * apart


class MixMatchParameters(Parameters):
    """The paper's; its weight is 75 on CIFAR-10, 100 and 250 elsewhere, and rises over the first 1.5 % of the steps."""

    alpha: float = hyperparameter(0.75, gt=0, meaning="how evenly two examples are mixed")
    temperature: float = hyperparameter(0.5, gt=0, le=1, meaning="below 1 guesses are sharpened")
    lambda_u: float = hyperparameter(75.0, ge=0, search=Range(1.0, 150.0, log=True),
                                     meaning="full weight of unlabelled examples")
    ramp: int = hyperparameter(OfEpochs(1 / 64), ge=0, search=Range(OfEpochs(1 / 64), OfEpochs(0.5)),
                               meaning="epochs over which that weight rises")
    ratio: int = hyperparameter(1, ge=1, meaning="unlabelled examples for each labelled one in a step")


@register
class MixMatch(Algorithm):
    """Mixup for few labels; a step trains on 2 `ratio` + 1 times as many examples as one of `ce`, and guesses first.

    7.4 % error on CIFAR-10 with 4,000 labels, but 71 with 40 (USB), where `fixmatch` has 8. Does not need augmentation
    of images, and so goes with tables too.
    """

    name = "mixmatch"
    paper = "Berthelot et al. 2019, arXiv 1905.02249"
    Parameters: ClassVar[type[Parameters]] = MixMatchParameters
    needs = frozenset({Need.UNLABELLED})

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, with this epoch's weight."""
        return {**self.parameters.model_dump(exclude={"lambda_u", "ramp"}), "lambda_u": self._weight(epoch)}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on mixtures of the batch and views of unlabelled examples."""
        given, network = self.parameters, tools.network()
        others = unlabelled_batch(tools, self.name, batch, given.ratio)
        views = [tools.views(others) for _ in range(VIEWS)]
        known = torch.nn.functional.one_hot(batch.labels, self.setting.classes).float()
        targets = torch.cat([known, *[self._guessed(tools, network, views)] * VIEWS])
        drawn = draw_pairs_each(tools.random(self.name), given.alpha, len(targets))
        shares, partners = (each.to(targets.device) for each in drawn)
        logits = tools.forward(network, mix_each(torch.cat([batch.inputs, *views]), partners, shares))
        weight = self._weight(epoch) * tools.settings.unlabelled_weight
        loss = mixmatch_loss(logits, mix_each(targets, partners, shares), len(batch.labels), weight)
        tools.descend(network, loss)
        return Update(logits[:len(batch.labels)].detach(), loss.detach())

    def _guessed(self, tools: Tools, network: Network, views: Sequence[torch.Tensor]) -> torch.Tensor:
        """Targets (U, C) for examples by their views (U, …); running statistics stay as they are."""
        with torch.no_grad():
            own = dict(network.module.named_parameters())
            logits = tools.forward(network, torch.cat(list(views)), own).view(len(views), -1, self.setting.classes)
            return sharpened(logits.softmax(dim=2).mean(dim=0), self.parameters.temperature)

    def _weight(self, epoch: int) -> float:
        return float(self.parameters.lambda_u * linear_ramp(epoch, 0, self.parameters.ramp))
