"""Differentially private SGD: no single example, nor its label, can pull far, and noise hides how far it did.

Abadi et al., "Deep Learning with Differential Privacy", CCS 2016, arXiv 1607.00133, algorithm 1. In a batch of B with
g_i the gradient of example i alone:

    g = (sum_i g_i * min(1, clip_norm / |g_i|) + clip_norm * noise_multiplier * N(0, I)) / B

and the optimiser steps with g. What it spends is told in every epoch, as (epsilon, `delta`) for the presence of one
training example, computed by opacus from Renyi divergences (Mironov 2017):

    epsilon           each example is in one batch of each epoch: a Gaussian mechanism per epoch
    epsilon_poisson   what papers report: as if every batch had drawn each of N examples with probability B / N

Our batches are shuffled, not drawn by Poisson sampling, and shuffling hides an example less well (Chua et al., "How
Private are DP-SGD Implementations?", 2024, arXiv 2403.17673). So `epsilon` is what may be claimed, whatever the order;
`epsilon_poisson`, the smaller, is for comparison with published figures alone. Both are of the weights of one training
run: a search of many on the same data spends more, validation examples are not protected, nor is the mean by which
inputs are normalised, and whoever knows the trial's seed knows the noise.

Opacus computes gradients per example by hooks on modules; these refuse networks with operations in place, such as ours,
and its optimiser and module wrappers change the names under which states are stored. So gradients come from torch.func.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, ClassVar

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Dynamics, Method, Objective, register
from sat_sweep.methods.layers import trainable
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.per_example import clipped_sum, per_example, pieces
from sat_sweep.methods.tools import Batch, Record, Run, Tools, Update


def epsilon(noise_multiplier: float, rate: float, steps: int, delta: float) -> float:
    """What `steps` with this `noise_multiplier` spend at `delta`, if each sees an example with probability `rate`."""
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise_multiplier, rate, steps)]
    return float(accountant.get_epsilon(delta=delta))


class DpSgdParameters(Parameters):
    """How much noise there is decides about privacy, not about accuracy, and is not searched."""

    clip_norm: float = hyperparameter(1.0, gt=0, search=Range(0.1, 10.0, log=True),
                                      meaning="longest gradient of an example")
    noise_multiplier: float = hyperparameter(1.0, ge=0, meaning="deviation of the noise, in clip_norm; 0: none")
    delta: float = hyperparameter(1e-5, gt=0, lt=1,
                                  meaning="probability with which privacy may fail, well below one in the examples")


@register
class DpSgd(Dynamics):
    """What a single wrong label can do is bounded, and what it did is drowned.

    For data whose examples must not be found in the model. Costs accuracy, the more the fewer examples there are, and
    several times the step; wants a network without batch normalisation.
    """

    name = "dp_sgd"
    paper = "Abadi et al. 2016, arXiv 1607.00133"
    Parameters: ClassVar[type[Parameters]] = DpSgdParameters
    counts_steps = True
    needs_separate_examples = True
    weighs_examples = False
    extra = ("opacus", "privacy")

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """A gradient of an example alone takes a loss of each example by itself."""
        if not issubclass(other, Algorithm) or (issubclass(other, Objective) and other.separate_examples):
            return None
        return f"'{cls.name}' clips the gradient of each example, and '{other.name}' is no loss of each by itself"

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it; `delta` decides what the records say."""
        return {**self.parameters.model_dump()}

    def begin_epoch(self, run: Run) -> None:
        """Raise UserError for what would make the guarantee void, and without the accountant."""
        if find_spec("opacus") is None:
            raise UserError("'dp_sgd' needs the package opacus: install sat-sweep[privacy]")
        for network in run.networks.values():
            if any(isinstance(layer, torch.nn.modules.batchnorm._BatchNorm) for layer in network.module.modules()):
                raise UserError("'dp_sgd' guarantees nothing with batch normalisation, through which examples act on "
                                "each other; use a network without, such as mlp")

    def update(self, algorithm: Algorithm, tools: Tools, batch: Batch, epoch: int) -> Update:
        """The step above down the loss of `algorithm`."""
        assert isinstance(algorithm, Objective)
        network = tools.network()
        parameters = {name: value.detach() for name, value in trainable(network.module).items()}
        total: dict[str, torch.Tensor] = {}
        losses, logits = [], []
        for part in pieces(batch, parameters):
            gradients, (loss, predicted) = per_example(algorithm, tools, network, epoch, parameters, part)
            clipped = clipped_sum(gradients, self.parameters.clip_norm)
            total = {name: total[name] + value for name, value in clipped.items()} if total else clipped
            losses.append(loss)
            logits.append(predicted)
        self._add_noise(total, tools)
        network.descend_along({name: value / len(batch.labels) for name, value in total.items()})
        return Update(torch.cat(logits), torch.cat(losses).mean())

    def end_epoch(self, run: Run) -> Mapping[str, torch.Tensor]:
        """What was spent up to here; nothing where there is no noise, and so no bound."""
        given, setting = self.parameters, self.setting
        if not given.noise_multiplier:
            return {}
        rate = min(1.0, run.settings.batch_size / setting.examples)
        spent = {"epsilon": epsilon(given.noise_multiplier, 1.0, run.epoch, given.delta),
                 "epsilon_poisson": epsilon(given.noise_multiplier, rate, run.epoch * setting.steps_per_epoch,
                                            given.delta)}
        return {name: torch.tensor(value, device=run.labels.device) for name, value in spent.items()}

    def _add_noise(self, total: dict[str, torch.Tensor], tools: Tools) -> None:
        """Add it in place, from a generator that trial, epoch and step seed."""
        deviation = self.parameters.noise_multiplier * self.parameters.clip_norm
        seed = int(tools.random(self.name).integers(2**63))
        if deviation:
            device = next(iter(total.values())).device
            generator = torch.Generator(device).manual_seed(seed)
            for value in total.values():
                value += deviation * torch.randn(value.shape, generator=generator, device=device)
