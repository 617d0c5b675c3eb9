"""A step of gradient descent that is only tried, for methods that ask trusted examples what it would do.

What an example would have done in such a step is the inner product of two gradients, its own and one that all share.
For all examples of a batch at once that is a derivative in one direction, which takes a single forward pass; gradients
of gradients give the same, at up to six times the cost (benchmarks/README.md). A network with dropout draws another
mask in that pass than in the one that its losses come from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    Losses = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]  # from parameters by name


def gradient(loss: Losses, parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The gradient of a scalar `loss` of `parameters`, by name as these."""
    return dict(zip(parameters, torch.autograd.grad(loss(parameters), list(parameters.values())), strict=True))


def after_a_step(parameters: Mapping[str, torch.Tensor], loss: torch.Tensor, rate: float) -> dict[str, torch.Tensor]:
    """`parameters` by name, as new leaves, after a plain step of `rate` down the scalar `loss`, whose graph stays."""
    steps = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True)
    return {name: (value.detach() - rate * step).requires_grad_()
            for (name, value), step in zip(parameters.items(), steps, strict=True)}


def slopes_along(values: Losses, parameters: Mapping[str, torch.Tensor],
                 direction: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """How fast `values` of `parameters` change where these move in `direction`, both by name; no gradient flows.

    Of losses (B,) that is the inner product of `direction` and the gradient of each. Everything between parameters and
    values must have derivatives in forward mode.
    """
    forward = torch.autograd.forward_ad
    with torch.no_grad(), forward.dual_level():
        moving = {name: forward.make_dual(value.detach(), direction[name]) for name, value in parameters.items()}
        slopes: torch.Tensor = forward.unpack_dual(values(moving)).tangent
        return slopes
