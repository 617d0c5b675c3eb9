"""A network and its optimiser as one flat dictionary of tensors, copied out and copied back.

Names are `model/<parameter or buffer>` and `optimizer/<parameter>/<state>`. Copies are real: torch's own optimiser
state dictionaries hand out references, and a "checkpoint" of those goes on changing (algorithms.md B6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

Snapshot = dict[str, Tensor]


def _tensors(model: nn.Module, optimizer: Optimizer) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in model.state_dict(keep_vars=True).items():
        yield f"model/{name}", tensor
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                yield f"optimizer/{name}/{key}", value


@torch.no_grad()
def capture(model: nn.Module, optimizer: Optimizer) -> Snapshot:
    """Copies of all weights, buffers and optimiser state, on the device they live on."""
    return {name: tensor.detach().clone() for name, tensor in _tensors(model, optimizer)}


@torch.no_grad()
def restore(model: nn.Module, optimizer: Optimizer, snapshot: Mapping[str, Tensor], *,
            layers: str = "", with_optimizer: bool = True) -> None:
    """Copy `snapshot` back into what belongs to parameters and buffers whose names start with `layers`.

    Learning rates are no state here: they follow the schedule. Without `with_optimizer` momentum stays as it is.
    """
    for name, tensor in model.state_dict(keep_vars=True).items():
        if name.startswith(layers):
            tensor.copy_(snapshot[f"model/{name}"])
    if with_optimizer:
        for name, parameter in model.named_parameters():
            if name.startswith(layers):
                _restore_state(optimizer, parameter, snapshot, f"optimizer/{name}/")


def _restore_state(optimizer: Optimizer, parameter: Tensor, snapshot: Mapping[str, Tensor], prefix: str) -> None:
    state = optimizer.state[parameter]
    for key, value in snapshot.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        if isinstance(state.get(name), Tensor):
            state[name].copy_(value)
        else:
            state[name] = value.clone()
