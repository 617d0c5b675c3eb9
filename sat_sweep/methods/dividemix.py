"""DivideMix: two networks divide the examples for each other, and train semi-supervised on what they do not believe.

Li, Socher & Hoi, "DivideMix: Learning with Noisy Labels as Semi-supervised Learning", ICLR 2020, arXiv 2002.07394,
algorithm 1. After `start_epoch` epochs of cross-entropy of both networks, at the beginning of every epoch each of them
fits a mixture of two normal distributions to its losses on the training set; w_i is the probability that example i
belongs to the lower one. Then each network trains as the other has divided. In a batch, with two views of each example:

    labelled (w_i > threshold):  t = sharpen( w_i y_i + (1 - w_i) mean over views of p )                 co-refinement
    all others:                  t = sharpen( mean over views and networks of p )                        co-guessing
    mixed inputs and targets:    l x_a + (1 - l) x_b,  l = max(l, 1 - l), l of Beta(alpha, alpha)         MixMatch
    L = mean CE(labelled) + lambda_u(epoch) * mean (p - t)**2 (others) + sum_k pi_k log(pi_k / mean p_k),  pi_k = 1/C
    lambda_u rises evenly over `ramp` epochs;  sharpen: t**(1 / temperature), divided by its sum

Decided otherwise than in the official code: both kinds of examples come in one batch, as they are drawn, instead of as
many of each from two loaders, so that an epoch is one visit of every example; what is guessed leaves running statistics
alone; the weight rises by whole epochs; `lambda_u`, which there is told by noise rate (0 and 25 at 20 and 50 % on
CIFAR-10, up to 150), is searched; losses are not averaged over epochs at 90 %. `penalty` is for asymmetric noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Method, Need, register
from sat_sweep.methods.mixing import draw_pairs, mix
from sat_sweep.methods.mixture import lower_component
from sat_sweep.methods.parameters import Choices, OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import linear_ramp
from sat_sweep.methods.sharpening import sharpened
from sat_sweep.methods.tools import Batch, Record, Run, Tools, Update
from sat_sweep.methods.two_networks import evaluated_probabilities

PEERS = {"main": "peer", "peer": "main"}


def dividemix_loss(logits: torch.Tensor, targets: torch.Tensor, labelled: torch.Tensor, weight: float) -> torch.Tensor:
    """L above for mixed `logits` (B, C) and `targets` (B, C); which are `labelled` (B,), and the others' `weight`."""
    log_p, p, even = logits.log_softmax(dim=1), logits.softmax(dim=1), 1 / logits.shape[1]
    log_mean = log_p.logsumexp(dim=0) - math.log(len(logits))
    supervised = _mean_where(-(targets * log_p).sum(dim=1), labelled)
    unsupervised = _mean_where((p - targets).square().mean(dim=1), ~labelled)
    return supervised + weight * unsupervised + (even * (math.log(even) - log_mean)).sum()


def _mean_where(values: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    return (values * chosen).sum() / chosen.sum().clamp_min(1)


def warm_up_loss(logits: torch.Tensor, labels: torch.Tensor, penalty: bool) -> torch.Tensor:
    """Cross-entropy of `logits` (B, C) and `labels` (B,), with `penalty` less the entropy of the predictions."""
    loss = torch.nn.functional.cross_entropy(logits, labels)
    return loss + (logits.softmax(dim=1) * logits.log_softmax(dim=1)).sum(dim=1).mean() if penalty else loss


class DivideMixParameters(Parameters):
    """As for CIFAR-10 at 50 % noise, where 10 of 300 epochs warm up."""

    start_epoch: int = hyperparameter(OfEpochs(1 / 30), ge=1, search=Range(OfEpochs(1 / 30), OfEpochs(0.3)),
                                      meaning="epochs of cross-entropy before examples are divided")
    threshold: float = hyperparameter(0.5, gt=0, lt=1, meaning="probability of a right label from which it is used")
    lambda_u: float = hyperparameter(25.0, ge=0, search=Choices((0.0, 25.0, 50.0, 150.0)),
                                     meaning="weight of examples whose label is not used")
    ramp: int = hyperparameter(OfEpochs(16 / 300), ge=0, meaning="epochs over which that weight rises")
    alpha: float = hyperparameter(4.0, gt=0, meaning="how evenly two examples are mixed")
    temperature: float = hyperparameter(0.5, gt=0, meaning="below 1 targets are sharpened")
    penalty: bool = hyperparameter(False, meaning="penalise confidence at first, for asymmetric noise")


@register
class DivideMix(Algorithm):
    """Uses every image, also with a wrong label, and is good under much noise; costs some seven steps of `ce`.

    On the worst labels of CIFAR-10N 93.1 %, `elr` 87.9; under 80 % asymmetric noise it falls from 80.1 (60 %) to 59.2.
    """

    name = "dividemix"
    paper = "Li et al. 2020, arXiv 2002.07394"
    Parameters: ClassVar[type[Parameters]] = DivideMixParameters
    needs = frozenset({Need.SECOND_NETWORK})

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """One network guesses in training mode, the other in evaluation mode, where there is no temperature."""
        uneven = f"'{cls.name}' averages predictions of training and evaluation, which '{other.name}' parts"
        return uneven if other.name == "cyclical_temperature" else None

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The warm-up of two networks; then everything, with this epoch's weight."""
        if epoch <= self.parameters.start_epoch:
            return {"warm_up": {"penalty": self.parameters.penalty}}
        own = self.parameters.model_dump(include={"threshold", "alpha", "temperature"})
        return {**own, "lambda_u": self._weight(epoch)}

    def begin_epoch(self, run: Run) -> None:
        """Divide the training set, for each network as it sees it."""
        if run.epoch > self.parameters.start_epoch:
            for name in PEERS:
                losses = torch.nn.functional.cross_entropy(run.training_logits(name), run.labels, reduction="none")
                self.memory[f"clean/{name}"] = lower_component(losses)

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of each network."""
        views = (batch.inputs, tools.views(batch)) if epoch > self.parameters.start_epoch else ()
        first, _ = [self._step(tools, batch, views, name, epoch) if views else self._warm_up(tools, batch, name)
                    for name in PEERS]
        return first

    def predict(self, tools: Tools, inputs: torch.Tensor) -> torch.Tensor:
        """The mean of both networks' logits."""
        return (tools.forward(tools.network(), inputs) + tools.forward(tools.network("peer"), inputs)) / 2

    def _warm_up(self, tools: Tools, batch: Batch, name: str) -> Update:
        logits = tools.forward(tools.network(name), batch.inputs)
        loss = warm_up_loss(logits, batch.labels, self.parameters.penalty)
        tools.descend(tools.network(name), loss)
        return Update(logits.detach(), loss.detach())

    def _step(self, tools: Tools, batch: Batch, views: Sequence[torch.Tensor], name: str, epoch: int) -> Update:
        logits, targets, labelled = self._believed(tools, batch, views, name)
        inputs, targets, labelled = torch.cat(list(views)), torch.cat([targets] * 2), torch.cat([labelled] * 2)
        share, partners = draw_pairs(tools.random(f"{self.name}/{name}"), self.parameters.alpha, len(labelled))
        mixed, network = [mix(each, partners.to(each.device), share) for each in (inputs, targets)], tools.network(name)
        loss = dividemix_loss(tools.forward(network, mixed[0]), mixed[1], labelled, self._weight(epoch))
        tools.descend(network, loss)
        return Update(logits, loss.detach())

    def _believed(self, tools: Tools, batch: Batch, views: Sequence[torch.Tensor], name: str,
                  ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the network says of the first view, the targets (B, C) it gets, and whose label is used (B,)."""
        with torch.no_grad():  # and without a trace in running statistics
            network = tools.network(name)
            logits = [tools.forward(network, view, dict(network.module.named_parameters())) for view in views]
            own = torch.stack([each.softmax(dim=1) for each in logits]).mean(dim=0)
            peer = evaluated_probabilities(tools, tools.network(PEERS[name]), views)
        clean = self.memory[f"clean/{PEERS[name]}"][batch.index][:, None]
        given = torch.nn.functional.one_hot(batch.labels, self.setting.classes)
        labelled = clean > self.parameters.threshold
        targets = torch.where(labelled, clean * given + (1 - clean) * own, (own + peer) / 2)
        return logits[0], sharpened(targets, self.parameters.temperature), labelled[:, 0]

    def _weight(self, epoch: int) -> float:
        given = self.parameters
        return float(given.lambda_u * linear_ramp(epoch, given.start_epoch, given.ramp))
