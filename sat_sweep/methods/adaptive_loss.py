"""Adaptive robust loss: the hyperparameters of a robust loss are learned along with the network.

Shu et al., "Learning Adaptive Loss for Robust Learning with Noisy Labels", arXiv 2002.06482, algorithm 1. With theta
the network, Lambda the hyperparameters of the loss, and a batch of trusted examples for each of noisy ones:

    theta'  = theta - rate * d/dtheta  mean_i l(x_i, y_i; theta, Lambda)              a step that is only tried
    Lambda <- a step of Adam down     d/dLambda  mean_j CE(trusted x_j; theta')
    theta  <- a step of the optimiser on  mean_i l(x_i, y_i; theta, Lambda),          with the Lambda of now

The loss is one of this package's; Lambda begins at its defaults and stays within its search ranges. The trial step is
plain gradient descent, without momentum and weight decay; what a change of Lambda does in it is a derivative along the
trusted gradient at theta' (see `trial_step`). There is no official code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.adam import adam_state, adam_step
from sat_sweep.methods.base import Algorithm, LabelLoss, Need, register, registry
from sat_sweep.methods.layers import trainable
from sat_sweep.methods.parameters import Choices, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run, Tools, Update
from sat_sweep.methods.trial_step import after_a_step, gradient, slopes_along
from sat_sweep.methods.trusted import trusted_batch

if TYPE_CHECKING:
    from sat_sweep.methods.trial_step import Losses


def meta_gradient(parameters: Mapping[str, torch.Tensor], hyperparameters: Mapping[str, torch.Tensor],
                  own: torch.Tensor, logits: Losses, loss: Callable[[torch.Tensor], torch.Tensor],
                  trusted_loss: Losses, learning_rate: float) -> dict[str, torch.Tensor]:
    """The gradient of the trusted loss after a trial step with respect to `hyperparameters`, by name.

    `logits` maps `parameters` by name to logits (B, C), which are `own` at these, `loss` logits and the hyperparameters
    to a scalar, `trusted_loss` parameters to one. The trial step takes `learning_rate`; the graph of `own` stays.
    """
    moved = after_a_step(parameters, loss(own), learning_rate)
    along = slopes_along(logits, parameters, gradient(trusted_loss, moved))
    outputs = own.detach().requires_grad_()
    (pull,) = torch.autograd.grad(loss(outputs), outputs, create_graph=True)
    slopes = torch.autograd.grad(-learning_rate * (pull * along).sum(), list(hyperparameters.values()))
    return dict(zip(hyperparameters, slopes, strict=True))


class AdaptiveLossParameters(Parameters):
    """The loss that does best in the paper; the learning rate is ours."""

    loss: Literal["polysoft", "gce", "sce"] = hyperparameter(
        "polysoft", search=Choices(("polysoft", "gce", "sce")), meaning="whose hyperparameters are learned")
    trusted_batch: int = hyperparameter(100, ge=1, meaning="trusted examples that each step asks")
    learning_rate: float = hyperparameter(1e-2, gt=0, search=Range(1e-3, 1e-1, log=True),
                                          meaning="how fast hyperparameters are learned (Adam)")


@register
class AdaptiveLoss(Algorithm):
    """What no search finds, hyperparameters that change during training; costs over four steps.

    Told true labels, which are lost to training: compare it with `trusted_finetune`. With PolySoft seven points above
    the fixed loss on CIFAR-10 with 60 % wrong labels, in its paper; learned values that are fixed afterwards do worse
    than ones that keep changing.
    """

    name = "adaptive_loss"
    paper = "Shu et al. 2020, arXiv 2002.06482"
    Parameters: ClassVar[type[Parameters]] = AdaptiveLossParameters
    needs = frozenset({Need.TRUSTED})

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Everything, from the first step on."""
        return dict(self.parameters.model_dump())

    def begin_epoch(self, run: Run) -> None:
        """The loss's hyperparameters begin as without learning."""
        if not self.memory:
            for name in self._ranges:
                default = self._loss.Parameters.model_fields[name].default
                self.memory[name] = torch.tensor(float(default), device=run.labels.device)
            self.memory |= adam_state(self.memory)

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step of the hyperparameters on trusted examples, then one of the network with them."""
        network = tools.network()
        logits = tools.forward(network, batch.inputs)
        self._learn(tools, batch, logits)
        loss = self._loss.function(logits, batch.labels, **{name: self.memory[name] for name in self._ranges})
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())

    def end_epoch(self, run: Run) -> Mapping[str, torch.Tensor]:
        """What has been learned."""
        return {name: self.memory[name] for name in self._ranges}

    def _learn(self, tools: Tools, batch: Batch, logits: torch.Tensor) -> None:
        network, cross_entropy = tools.network(), torch.nn.functional.cross_entropy
        inputs, labels = trusted_batch(tools, self.name, self.parameters.trusted_batch)
        own = {name: self.memory[name].detach().requires_grad_() for name in self._ranges}
        gradients = meta_gradient(
            trainable(network.module), own, logits,
            lambda theta: tools.forward(network, batch.inputs, theta),
            lambda outputs: self._loss.function(outputs, batch.labels, **own),
            lambda moved: cross_entropy(tools.forward(network, inputs, moved), labels), network.learning_rate)
        with torch.no_grad():
            adam_step(self.memory, gradients, self.parameters.learning_rate)
            for name, (low, high) in self._ranges.items():
                self.memory[name].clamp_(low, high)

    @property
    def _loss(self) -> type[LabelLoss]:
        return cast("type[LabelLoss]", registry[self.parameters.loss])

    @property
    def _ranges(self) -> dict[str, tuple[float, float]]:
        ranges = self._loss.Parameters.search_ranges()
        return {name: (cast(float, search.low), cast(float, search.high))
                for name, search in ranges.items() if isinstance(search, Range)}
