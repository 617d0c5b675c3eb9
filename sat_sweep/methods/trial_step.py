"""A step of gradient descent that is only tried, for methods that ask trusted examples what it would do.

What an example would have done in such a step is the inner product of two gradients, its own and one that all share.
For all examples of a batch at once that is a derivative in one direction, which takes a single forward pass; gradients
of gradients give the same, at three times the cost (benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    Losses = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]  # from parameters by name


def after_a_step(parameters: Mapping[str, torch.Tensor], loss: torch.Tensor, rate: float) -> dict[str, torch.Tensor]:
    """`parameters` by name after a plain step of `rate` down the scalar `loss`; gradients flow through the step."""
    steps = torch.autograd.grad(loss, list(parameters.values()), create_graph=True)
    return {name: value - rate * step for (name, value), step in zip(parameters.items(), steps, strict=True)}


def slopes_along(losses: Losses, parameters: Mapping[str, torch.Tensor],
                 direction: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The inner product (B,) of `direction` and the gradient of each of the `losses` (B,), without gradient.

    `losses` maps `parameters` by name to (B,), and must have derivatives in forward mode; `direction` is by name too.
    """
    forward = torch.autograd.forward_ad
    with torch.no_grad(), forward.dual_level():
        moving = {name: forward.make_dual(value.detach(), direction[name]) for name, value in parameters.items()}
        slopes: torch.Tensor = forward.unpack_dual(losses(moving)).tangent
        return slopes
