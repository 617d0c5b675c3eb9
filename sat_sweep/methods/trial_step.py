"""A step of gradient descent that is only tried, for methods that ask trusted examples what it would do."""

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
