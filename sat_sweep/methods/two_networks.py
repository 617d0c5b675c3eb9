"""What methods share that train two networks on the examples with small losses.

Networks learn what is easy before they memorise, so a small loss early on speaks for a label; two networks with
different initialisations err differently. How much is left out: Han et al., NeurIPS 2018, arXiv 1804.06872.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Network, Record, Run, Setting, Tools


def forget_rate(epoch: int, rate: float, gradual: int, exponent: float = 1.0) -> float:
    """The share in [0, 1) of a batch that is left out in `epoch` (from 1).

    0 in the first epoch, `rate`**`exponent` in epoch `gradual`, `rate` after that, as in Co-teaching's official code.
    """
    if epoch > gradual:
        return rate
    return float(rate**exponent * (epoch - 1) / max(1, gradual - 1))


def small_loss(losses: torch.Tensor, rate: float) -> torch.Tensor:
    """The positions of the examples with the smallest of `losses` (B,): a share 1 - `rate` of them, at least one."""
    kept = max(1, int((1 - rate) * len(losses)))
    return losses.topk(kept, largest=False).indices


def evaluated_probabilities(tools: Tools, network: Network, views: Sequence[torch.Tensor]) -> torch.Tensor:
    """The mean over `views` (each (B, …)) of the probabilities (B, C) of `network` in evaluation mode."""
    network.module.eval()
    probabilities = torch.stack([tools.forward(network, view).softmax(dim=1) for view in views]).mean(dim=0)
    network.module.train()
    return probabilities


class SmallLossParameters(Parameters):
    """tau, T_k and c of Co-teaching."""

    rate: float = hyperparameter(0.2, ge=0, lt=1, search=Range(0.0, 0.6),
                                 meaning="share of the examples that is taken to be wrong")
    gradual: int = hyperparameter(OfEpochs(0.05), ge=1, meaning="epochs until that share is left out")
    exponent: float = hyperparameter(1.0, gt=0, meaning="the share grows to its power of this, then jumps to itself")
    told: bool = hyperparameter(False, meaning="take the true noise rate for rate, as the official code does")


class TwoNetworks(Algorithm):
    """An algorithm of a network and its peer; evaluation sees the mean of both networks' probabilities."""

    Parameters: ClassVar[type[Parameters]] = SmallLossParameters
    needs = frozenset({Need.SECOND_NETWORK})

    def __init__(self, parameters: Any, setting: Setting) -> None:
        super().__init__(parameters, setting)
        self._rate: float = parameters.rate

    @classmethod
    def needs_given(cls, parameters: Mapping[str, Any]) -> frozenset[Need]:
        """The noise rate too, if the file says so."""
        return cls.needs | ({Need.NOISE_RATE} if parameters.get("told") else set())

    @classmethod
    def idle(cls, parameters: Mapping[str, Any]) -> frozenset[str]:
        """The rate, if another is told."""
        return frozenset({"rate"}) if parameters.get("told") else frozenset()

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's forget rate, or what it follows from; that there is a second network, from the first step on."""
        given = self.parameters
        if given.told:
            grown = min(epoch, given.gradual + 1)
            return {"told": {"epoch": grown, **given.model_dump(include={"gradual", "exponent"})}}
        return {"forget_rate": self.forget_rate(epoch)}

    def begin_epoch(self, run: Run) -> None:
        """Be told the noise rate, if the file says so."""
        if self.parameters.told:
            if run.error_rate is None:
                raise UserError(f"{self.name}.told: the noise rate is unknown where labels are as given")
            self._rate = run.error_rate

    def predict(self, tools: Tools, inputs: torch.Tensor) -> torch.Tensor:
        """The logarithm of the sum of both networks' probabilities, (B, C): logits of their mean."""
        def log_probabilities(network: Network) -> torch.Tensor:
            return tools.forward(network, inputs).log_softmax(dim=1)

        return torch.logaddexp(log_probabilities(tools.network()), log_probabilities(tools.network("peer")))

    def forget_rate(self, epoch: int) -> float:
        """The share of a batch that is left out in `epoch`."""
        given = self.parameters
        return forget_rate(epoch, self._rate, given.gradual, given.exponent)
