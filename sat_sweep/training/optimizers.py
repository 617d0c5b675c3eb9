"""Optimisers as settings; the fused kernels of torch where a device has them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.settings import Closed, later

if TYPE_CHECKING:
    Parameters = Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]]

Rate = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


class _Optimizer(Closed):
    """What all have: learning rates by layer."""

    lr_factors: dict[str, Rate] = later({})
    """What the learning rate of layers is multiplied with, by how their names begin; `trunk` is all but the last."""


class SGD(_Optimizer):
    """Stochastic gradient descent with (Nesterov) momentum."""

    name: Literal["sgd"] = "sgd"
    lr: Rate = 0.1
    """Learning rate before the schedule."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """How much of the last step goes into the next."""
    weight_decay: NonNegative = 5e-4
    """Pull of every weight towards zero, as an L2 term of the loss."""
    nesterov: bool = False
    """Nesterov's variant of momentum."""

    def build(self, parameters: Parameters) -> torch.optim.Optimizer:
        """The optimiser over `parameters`, or groups of them."""
        return _built(torch.optim.SGD, parameters, lr=self.lr, momentum=self.momentum,
                      weight_decay=self.weight_decay, nesterov=self.nesterov)


class Adam(_Optimizer):
    """Adam (Kingma & Ba, 2015); weight decay as an L2 term."""

    name: Literal["adam"] = "adam"
    lr: Rate = 1e-3
    """Learning rate before the schedule."""
    betas: tuple[float, float] = (0.9, 0.999)
    """How much is kept of the running means of gradients and of their squares."""
    weight_decay: NonNegative = 0.0
    """Pull of every weight towards zero, as an L2 term of the loss."""

    def build(self, parameters: Parameters) -> torch.optim.Optimizer:
        """The optimiser over `parameters`, or groups of them."""
        return _built(torch.optim.Adam, parameters, lr=self.lr, betas=self.betas, weight_decay=self.weight_decay)


class AdamW(_Optimizer):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019)."""

    name: Literal["adamw"] = "adamw"
    lr: Rate = 1e-3
    """Learning rate before the schedule."""
    betas: tuple[float, float] = (0.9, 0.999)
    """How much is kept of the running means of gradients and of their squares."""
    weight_decay: NonNegative = 1e-2
    """Pull of every weight towards zero, in proportion to the learning rate alone."""

    def build(self, parameters: Parameters) -> torch.optim.Optimizer:
        """The optimiser over `parameters`, or groups of them."""
        return _built(torch.optim.AdamW, parameters, lr=self.lr, betas=self.betas, weight_decay=self.weight_decay)


AnyOptimizer = Annotated[SGD | Adam | AdamW, Field(discriminator="name")]


def _built(kind: Any, parameters: Parameters, **options: Any) -> torch.optim.Optimizer:
    _spare_the_compiler()
    optimizer: torch.optim.Optimizer = kind(parameters, fused=True, **options)
    return optimizer


def plain_step(optimizer: torch.optim.Optimizer) -> Callable[[], object]:
    """`optimizer.step` without the hooks and the profiling around it: a twentieth of a small network's training."""
    return torch.no_grad()(partial(inspect.unwrap(type(optimizer).step), optimizer))


def _spare_the_compiler() -> None:
    """Let optimisers be built without torch.compile, which is imported for a second only to be switched off there.

    This sets what torch itself remembers after the first time; where a later torch looks different inside, the first
    epoch of a process starts later and nothing else.
    """
    plain: Any = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    plain.__dynamo_disable = plain
