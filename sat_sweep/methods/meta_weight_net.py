"""Meta-Weight-Net: a small network says by an example's loss how much it counts, and trusted examples teach it.

Shu et al., "Meta-Weight-Net: Learning an Explicit Mapping For Sample Weighting", NeurIPS 2019, arXiv 1902.07379,
algorithm 1. V maps a loss to a weight: one hidden layer of 100 with ReLU, and a sigmoid.

    l_i the losses of the batch;  theta' = theta - lr grad_theta mean_i V(l_i; omega) l_i(theta)
    omega <- one Adam step (1e-3, L2 1e-4) down the gradient of the mean loss of a trusted batch at theta'
    L = mean_i V(l_i; omega) l_i(theta)

The trial step is plain gradient descent, without momentum and decay. What an example does in it is the inner product
of its gradient with the trusted one at theta' (see `trial_step`). V sees losses without gradient, and in L its new
omega weighs them without gradient too. Trial passes leave running statistics as they are. The method is told more than
others: it sees true labels of `dataset.trusted` examples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.adam import adam_state, adam_step
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.layers import trainable
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run, Tools, Update
from sat_sweep.methods.trial_step import after_a_step, gradient, slopes_along
from sat_sweep.methods.trusted import trusted_batch
from sat_sweep.seeds import derive

if TYPE_CHECKING:
    from sat_sweep.methods.trial_step import Losses

HIDDEN = 100
SHAPES = {"hidden.weight": (HIDDEN, 1), "hidden.bias": (HIDDEN,), "out.weight": (1, HIDDEN), "out.bias": (1,)}
"""The parameters of V, by name."""
DECAY = 1e-4
"""The L2 term of V's gradient."""


def weigh(losses: torch.Tensor, omega: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """V: weights (B,) in [0, 1] of examples with these `losses` (B,); `omega` are its parameters by name."""
    hidden = torch.relu(losses[:, None] * omega["hidden.weight"].T + omega["hidden.bias"])
    return torch.sigmoid(hidden @ omega["out.weight"].T + omega["out.bias"])[:, 0]


def meta_gradient(parameters: Mapping[str, torch.Tensor], omega: Mapping[str, torch.Tensor], own: torch.Tensor,
                  losses: Losses, trusted_loss: Losses, learning_rate: float) -> dict[str, torch.Tensor]:
    """The gradient of the trusted loss after a trial step with respect to `omega`, by name.

    `losses` maps `parameters` by name to the losses (B,) of the batch, which are `own` at these, `trusted_loss` to a
    scalar. The trial step takes `learning_rate`; the graph of `own` stays.
    """
    weights = weigh(own.detach(), omega)
    moved = after_a_step(parameters, (weights.detach() * own).mean(), learning_rate)
    along = slopes_along(losses, parameters, gradient(trusted_loss, moved))
    gradients = torch.autograd.grad(-learning_rate * (weights * along).mean(), list(omega.values()))
    return dict(zip(omega, gradients, strict=True))


class MetaWeightNetParameters(Parameters):
    """As in the paper."""

    trusted_batch: int = hyperparameter(100, ge=1, meaning="trusted examples that each step asks")
    learning_rate: float = hyperparameter(1e-3, gt=0, search=Range(1e-4, 1e-2, log=True),
                                          meaning="how fast the weighing network learns (Adam)")


@register
class MetaWeightNet(Algorithm):
    """Learns from trusted examples whether a large loss means hard or wrong; over four times the cost of a step.

    Told true labels, which are lost to training: compare it with `trusted_finetune`. Better than `l2rw` under 80 %
    symmetric noise, far worse under 60 % asymmetric (68.6 against 88.2 %): equal losses get equal weights.
    """

    name = "meta_weight_net"
    paper = "Shu et al. 2019, arXiv 1902.07379"
    Parameters: ClassVar[type[Parameters]] = MetaWeightNetParameters
    needs = frozenset({Need.TRUSTED})

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Everything, from the first step on."""
        return dict(self.parameters.model_dump())

    def begin_epoch(self, run: Run) -> None:
        """V begins as torch initialises linear layers, from a stream of its own; Adam's averages at zero."""
        if self.memory:
            return
        random = np.random.default_rng(derive(self.setting.seed, self.name))
        for name, shape in SHAPES.items():
            bound = 1.0 if name.startswith("hidden") else 1 / math.sqrt(HIDDEN)
            drawn = torch.from_numpy(random.uniform(-bound, bound, shape).astype(np.float32))
            self.memory[name] = drawn.to(run.labels.device)
        self.memory |= adam_state(self.memory)

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step of V on trusted examples, then one of the network on the batch as V weighs it now."""
        network = tools.network()
        logits = tools.forward(network, batch.inputs)
        losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
        self._learn(tools, batch, losses)
        weights = weigh(losses.detach(), {name: self.memory[name] for name in SHAPES})
        tools.descend(network, (weights * losses).mean())
        return Update(logits.detach(), losses.detach().mean())

    def _learn(self, tools: Tools, batch: Batch, losses: torch.Tensor) -> None:
        network, loss = tools.network(), torch.nn.functional.cross_entropy
        inputs, labels = trusted_batch(tools, self.name, self.parameters.trusted_batch)
        omega = {name: self.memory[name].detach().requires_grad_() for name in SHAPES}
        gradients = meta_gradient(
            trainable(network.module), omega, losses,
            lambda own: loss(tools.forward(network, batch.inputs, own), batch.labels, reduction="none"),
            lambda moved: loss(tools.forward(network, inputs, moved), labels), network.learning_rate)
        with torch.no_grad():
            decayed = {name: slope + DECAY * self.memory[name] for name, slope in gradients.items()}
            adam_step(self.memory, decayed, self.parameters.learning_rate)
