"""Co-teaching+: two networks choose each other's examples by small loss, among those on which they disagree.

Yu et al., "How does Disagreement Help Generalization against Label Corruption?", ICML 2019, arXiv 1901.04215,
algorithm 1. Networks that only exchange small losses become one another; where they still disagree there is something
to learn. Both are trained on all labels up to `start_epoch`; from then on, in each batch:

    D = the examples for which the two predict different classes
    each network picks the share 1 - R(epoch) of D on which its own loss is smallest, at least one example
    each network takes its step on the mean loss of what the other one has picked;  where D is empty the loss is 0

R is Co-teaching's (`two_networks`), counted from the first epoch. Where D is empty the official code trains on the
whole batch early on (epoch times batch number below 5,000) and on a loss of 0 later, which is all that the rule above
leaves, so here always; momentum and weight decay go on. It further warms up with Co-teaching instead of all labels (20
of 200 epochs on CIFAR-10, 5 on CIFAR-100, none on MNIST), then takes probabilities for logits in its cross-entropy,
which bounds it, and takes the true noise rate for `rate`, which is searched here.
Evaluation sees the mean of both networks' probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import OfEpochs, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.methods.two_networks import SmallLossParameters, TwoNetworks


def smallest_among(losses: torch.Tensor, eligible: torch.Tensor, rate: float) -> torch.Tensor:
    """Which (B,) of the `eligible` (B,) have the smallest of `losses` (B,): a share 1 - `rate`, at least one if any.

    The number depends on the device's data, so examples are marked and not gathered: nothing waits for the device.
    """
    ranks = losses.masked_fill(~eligible, float("inf")).argsort().argsort()
    kept = ((1 - rate) * eligible.sum().double()).long().clamp_min(1)
    return eligible & (ranks < kept)


def co_teaching_plus_loss(logits: torch.Tensor, peer: torch.Tensor, labels: torch.Tensor, rate: float) -> torch.Tensor:
    """The loss of one network, for its `logits` (B, C), those of its `peer`, through which no gradient flows, `labels`.

    `rate` in [0, 1) is the share of the disagreement that is left out; 0 where the two agree on the whole batch.
    """
    loss = torch.nn.functional.cross_entropy
    disagree = logits.argmax(dim=1) != peer.argmax(dim=1)
    chosen = smallest_among(loss(peer.detach(), labels, reduction="none"), disagree, rate)
    return (loss(logits, labels, reduction="none") * chosen).sum() / chosen.sum().clamp_min(1)


class CoTeachingPlusParameters(SmallLossParameters):
    """As in Co-teaching, and the official code's warm-up on CIFAR-10."""

    start_epoch: int = hyperparameter(OfEpochs(0.1), ge=0, search=Range(OfEpochs(0.0, least=0), OfEpochs(0.5)),
                                      meaning="epochs in which both networks learn all labels")


@register
class CoTeachingPlus(TwoNetworks):
    """Keeps two networks apart, so that they go on filtering different errors; few examples of a batch count late.

    Twice the cost. On the worst labels of CIFAR-10N 82.4 %, `co_teaching` 80.9 and cross-entropy 83.9, with equal care
    for each (ReScience C, 2026).
    """

    name = "co_teaching_plus"
    paper = "Yu et al. 2019, arXiv 1901.04215"
    Parameters: ClassVar[type[SmallLossParameters]] = CoTeachingPlusParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's forget rate; while it warms up, that there is a second network."""
        return super().influence(epoch, history) if epoch > self.parameters.start_epoch else {"warm_up": True}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of each network on the other's choice, or on everything."""
        networks, loss = (tools.network(), tools.network("peer")), torch.nn.functional.cross_entropy
        logits = [tools.forward(network, batch.inputs) for network in networks]
        for network, own, other in zip(networks, logits, reversed(logits), strict=True):
            warm_up = epoch <= self.parameters.start_epoch
            tools.descend(network, loss(own, batch.labels) if warm_up else
                          co_teaching_plus_loss(own, other, batch.labels, self.forget_rate(epoch)))
        return Update(logits[0].detach(), loss(logits[0].detach(), batch.labels))
