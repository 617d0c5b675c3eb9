"""Co-teaching: two networks choose each other's examples by small loss.

Han et al., "Co-teaching: Robust Training of Deep Neural Networks with Extremely Noisy Labels", NeurIPS 2018,
arXiv 1804.06872, algorithm 1.

    each network picks the share 1 - R(epoch) of the batch on which its own loss is smallest
    each network takes its step on what the other one has picked
    R(epoch) grows evenly from 0 to rate**exponent over `gradual` epochs, and is `rate` from then on

The official code takes the true noise rate for `rate`; here it is a hyperparameter that the search finds on noisy
validation labels. It divides the loss by the number of examples twice; here it is their mean.
Evaluation sees the mean of both networks' probabilities, which the paper reports one by one.
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.tools import Batch, Tools, Update
from sat_sweep.methods.two_networks import TwoNetworks, forget_rate, small_loss

__all__ = ["CoTeaching", "forget_rate"]


@register
class CoTeaching(TwoNetworks):
    """Two networks with different initialisations filter different errors.

    Its rate is searched unless it is `told`, as in the paper. Strong under symmetric noise, twice the cost; on the
    worst labels of CIFAR-10N 80.9 % where cross-entropy had 83.9 and `elr` 87.9, with equal care for each (ReScience C,
    2026).
    """

    name = "co_teaching"
    paper = "Han et al. 2018, arXiv 1804.06872"

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of each network on the other's choice."""
        networks = tools.network(), tools.network("peer")
        logits = [tools.forward(network, batch.inputs) for network in networks]
        losses = [torch.nn.functional.cross_entropy(each, batch.labels, reduction="none") for each in logits]
        chosen = [small_loss(each.detach(), self.forget_rate(epoch)) for each in losses]
        for network, own, others in zip(networks, losses, reversed(chosen), strict=True):
            tools.descend(network, own[others].mean())
        return Update(logits[0].detach(), losses[0].detach().mean())
