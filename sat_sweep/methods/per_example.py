"""Gradients of single examples, for methods that treat each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective
from sat_sweep.methods.tools import Batch, Network, Tools

AT_ONCE = 2**26
"""Numbers that the gradients of the examples in work may have together: a quarter of a gigabyte."""


def pieces(batch: Batch, parameters: Mapping[str, torch.Tensor]) -> list[Batch]:
    """`batch` in pieces of so few examples that their gradients for `parameters` are not too many numbers at once."""
    examples = max(1, AT_ONCE // sum(value.numel() for value in parameters.values()))
    split = zip(batch.index.split(examples), batch.labels.split(examples), batch.inputs.split(examples), strict=True)
    return [Batch(*piece) for piece in split]


def per_example(objective: Objective, tools: Tools, network: Network, epoch: int,
                parameters: Mapping[str, torch.Tensor], batch: Batch) -> Any:
    """Of each example the gradients for `parameters` by name (B, …), and as a pair losses (B,) and logits (B, C).

    The loss of `objective` must be of each example by itself.
    """
    def lost(parameters: Mapping[str, torch.Tensor], *example: torch.Tensor) -> Any:
        alone = Batch(*(value[None] for value in example))
        logits = tools.forward(network, alone.inputs, parameters)
        loss = objective.loss(logits, alone, epoch)
        return loss, (loss.detach(), logits.detach()[0])

    each = torch.func.vmap(torch.func.grad(lost, has_aux=True), in_dims=(None, 0, 0, 0), randomness="different")
    return each(parameters, batch.index, batch.labels, batch.inputs)


def clipped_sum(gradients: Mapping[str, torch.Tensor], clip_norm: float) -> dict[str, torch.Tensor]:
    """The sum over examples of their `gradients` by name, each (B, …).

    All of what belongs to an example is shortened together to the length `clip_norm`, if it is longer.
    """
    squares = [gradient.flatten(start_dim=1).square().sum(dim=1) for gradient in gradients.values()]
    shares = (clip_norm / torch.stack(squares).sum(dim=0).sqrt()).clamp(max=1.0)
    return {name: torch.tensordot(shares, gradient, dims=1) for name, gradient in gradients.items()}
