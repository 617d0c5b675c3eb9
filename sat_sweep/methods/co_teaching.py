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

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Network, Record, Tools, Update


def forget_rate(epoch: int, rate: float, gradual: int, exponent: float = 1.0) -> float:
    """The share in [0, 1) of a batch that is left out in `epoch` (from 1).

    0 in the first epoch, `rate`**`exponent` in epoch `gradual`, `rate` after that, as in the official code.
    """
    if epoch > gradual:
        return rate
    return float(rate**exponent * (epoch - 1) / max(1, gradual - 1))


def small_loss(losses: torch.Tensor, rate: float) -> torch.Tensor:
    """The positions of the examples with the smallest of `losses` (B,): a share 1 - `rate` of them, at least one."""
    kept = max(1, int((1 - rate) * len(losses)))
    return losses.topk(kept, largest=False).indices


class CoTeachingParameters(Parameters):
    """tau, T_k and c of the paper."""

    rate: float = hyperparameter(0.2, ge=0, lt=1, search=Range(0.0, 0.6),
                                 meaning="share of the examples that is taken to be wrong")
    gradual: int = hyperparameter(OfEpochs(0.05), ge=1, meaning="epochs until that share is left out")
    exponent: float = hyperparameter(1.0, gt=0, meaning="the share grows to its power of this, then jumps to itself")


@register
class CoTeaching(Algorithm):
    """Two networks with different initialisations filter different errors."""

    name = "co_teaching"
    paper = "Han et al. 2018, arXiv 1804.06872"
    Parameters: ClassVar[type[Parameters]] = CoTeachingParameters
    needs = frozenset({Need.SECOND_NETWORK})

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's forget rate; that there is a second network, from the first step on."""
        return {"forget_rate": self._forget_rate(epoch)}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of each network on the other's choice."""
        networks = tools.network(), tools.network("peer")
        logits = [tools.forward(network, batch.inputs) for network in networks]
        losses = [torch.nn.functional.cross_entropy(each, batch.labels, reduction="none") for each in logits]
        chosen = [small_loss(each.detach(), self._forget_rate(epoch)) for each in losses]
        for network, own, others in zip(networks, losses, reversed(chosen), strict=True):
            tools.descend(network, own[others].mean())
        return Update(logits[0].detach(), losses[0].detach().mean())

    def predict(self, tools: Tools, inputs: torch.Tensor) -> torch.Tensor:
        """The logarithm of both networks' mean probability, (B, C)."""
        def log_probabilities(network: Network) -> torch.Tensor:
            return tools.forward(network, inputs).log_softmax(dim=1)

        return torch.logaddexp(log_probabilities(tools.network()), log_probabilities(tools.network("peer")))

    def _forget_rate(self, epoch: int) -> float:
        given = self.parameters
        return forget_rate(epoch, given.rate, given.gradual, given.exponent)
