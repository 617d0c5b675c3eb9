"""Unsupervised data augmentation: the prediction for a strongly augmented image is that for the image, sharpened.

Xie et al., "Unsupervised Data Augmentation for Consistency Training", NeurIPS 2020, arXiv 1904.12848, equations 1 to 3.
Of each batch of B labelled examples and `ratio` B unlabelled ones u:

    q = softmax f(weak(u)),  without gradient;  s = softmax(f(weak(u)) / temperature)
    L = sum_i [p_i,y <= eta] CE_i / sum_i [p_i,y <= eta]  +  lambda_u * mean_u [max q > threshold] KL(s || p(strong(u)))
    eta(epoch) = a (1 - 1/C) + 1/C,  a = t (linear), exp(5 (t - 1)) (exp) or 1 - exp(-5 t) (log),  t = epoch / epochs

eta is the training signal annealing: labelled examples that are predicted well already are left out, as many as the
schedule wants; by whole epochs here, and not at all by default. Weak is the trial's augmentation, strong RandAugment
and cutout on top of it. One pass sees all views together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.methods.unlabelled import logits_of_views, unlabelled_batch

Annealing = Literal["none", "linear", "log", "exp"]


def uda_loss(weak: torch.Tensor, strong: torch.Tensor, temperature: float, threshold: float) -> torch.Tensor:
    """The unlabelled term above for logits `weak` and `strong` (B, C) of two views; no gradient goes into `weak`.

    A `temperature` below 1 sharpens; probabilities above the `threshold` in [0, 1] count.
    """
    weak = weak.detach()
    sure = weak.softmax(dim=1).amax(dim=1) > threshold
    log_s, log_p = (weak / temperature).log_softmax(dim=1), strong.log_softmax(dim=1)
    return (sure * (log_s.exp() * (log_s - log_p)).sum(dim=1)).mean()


def annealed(annealing: Annealing, passed: float, classes: int) -> float:
    """eta above once a share `passed` in [0, 1] of the training is behind; 1 without `annealing`."""
    shares = {"none": 1.0, "linear": passed, "exp": math.exp(5 * (passed - 1)), "log": 1 - math.exp(-5 * passed)}
    return shares[annealing] * (1 - 1 / classes) + 1 / classes


def annealed_loss(logits: torch.Tensor, labels: torch.Tensor, eta: float) -> torch.Tensor:
    """The labelled term above for `logits` (B, C), `labels` (B,) and `eta` in (0, 1]; 0 if all are left out."""
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    if eta >= 1:
        return losses.mean()
    kept = losses.detach() >= -math.log(eta)
    return (kept * losses).sum() / kept.sum().clamp_min(1)


class UdaParameters(Parameters):
    """Temperature and threshold as in the paper for CIFAR-10; the ratio is that of `fixmatch`."""

    temperature: float = hyperparameter(0.4, gt=0, le=1, search=Range(0.3, 1.0),
                                        meaning="below 1 predictions are sharpened")
    threshold: float = hyperparameter(0.8, ge=0, le=1, search=Range(0.5, 0.95),
                                      meaning="probability above which a prediction is learned")
    lambda_u: float = hyperparameter(1.0, ge=0, search=Range(0.3, 3.0, log=True),
                                     meaning="weight of unlabelled examples")
    annealing: Annealing = hyperparameter("none", meaning="how fast well predicted labelled examples come back")
    ratio: int = hyperparameter(7, ge=1, meaning="unlabelled examples for each labelled one in a step")


@register
class Uda(Algorithm):
    """Few labels and many images, with soft guesses; a step passes 2 `ratio` + 1 times as many as one of `ce`.

    On CIFAR-10 and CIFAR-100 as good as `fixmatch`, whose guesses are hard (USB).
    """

    name = "uda"
    paper = "Xie et al. 2020, arXiv 1904.12848"
    Parameters: ClassVar[type[Parameters]] = UdaParameters
    needs = frozenset({Need.UNLABELLED})
    needs_images = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, from the first step on, with this epoch's eta."""
        return {**self.parameters.model_dump(exclude={"annealing"}), "eta": self._eta(epoch)}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the batch, and on two views of unlabelled examples."""
        given, network = self.parameters, tools.network()
        others = unlabelled_batch(tools, self.name, batch, given.ratio)
        logits, weak, strong = logits_of_views(tools, network, batch, others)
        weight = given.lambda_u * tools.settings.unlabelled_weight
        loss = annealed_loss(logits, batch.labels, self._eta(epoch)) \
            + weight * uda_loss(weak, strong, given.temperature, given.threshold)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())

    def _eta(self, epoch: int) -> float:
        return annealed(self.parameters.annealing, epoch / self.setting.epochs, self.setting.classes)
