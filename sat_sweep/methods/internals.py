"""What a network has made of its inputs before its last layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch


def last_layer(module: torch.nn.Module) -> torch.nn.Linear:
    """The linear layer of `module` that stands last; raises UserError if it has none."""
    layers = [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)]
    if not layers:
        raise UserError("the network has no linear layer, before which its features could be read")
    return layers[-1]


@contextmanager
def features_of(module: torch.nn.Module) -> Iterator[list[torch.Tensor]]:
    """A list that gets the inputs (B, F) of the last layer of `module`, detached, at every pass within."""
    seen: list[torch.Tensor] = []

    def see(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        seen.append(inputs[0].detach().float())

    hook = last_layer(module).register_forward_pre_hook(see)
    try:
        yield seen
    finally:
        hook.remove()
