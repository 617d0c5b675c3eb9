"""What a network makes of its inputs before its last layer decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from sat_sweep.imports.lazy import torch
from sat_sweep.models import head_of
from sat_sweep.training.network import Network


def features(networks: Iterable[Network], predict: Callable[[torch.Tensor], torch.Tensor],
             inputs: torch.Tensor) -> torch.Tensor:
    """What enters the last layer of those of `networks` that `predict` asks about `inputs` (B, …), (B, features).

    Of several networks the one beside the other, in the order in which they are asked.
    """
    seen: list[torch.Tensor] = []

    def note(layer: Any, entering: tuple[torch.Tensor, ...]) -> None:
        seen.append(entering[0].flatten(1))

    with ExitStack() as hooks:
        for network in networks:
            hooks.enter_context(network.module.get_submodule(head_of(network.module)[:-1])
                                .register_forward_pre_hook(note))
        predict(inputs)
    return torch.cat(seen, dim=1)
