"""Parts of a network, for methods that treat some otherwise than others."""

from __future__ import annotations

from itertools import chain, pairwise

from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.imports.lazy import torch


def trainable(module: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """The parameters of `module` that learn, by name: all but those of frozen layers."""
    return {name: value for name, value in module.named_parameters() if value.requires_grad}


def chosen_layers(text: str, module: torch.nn.Module) -> tuple[str, ...]:
    """How the names of parameters begin that `text` chooses, separated by commas; all of them if it is empty.

    Raises UserError if `module` has nothing that begins so.
    """
    chosen = tuple(part.strip() for part in text.split(","))
    names = [name for name, _ in module.named_parameters()]
    for start in chosen:
        if not any(name.startswith(start) for name in names):
            known = list(dict.fromkeys(name.split(".")[0] for name in names))
            raise UserError(f"the network has no parameters that begin with '{start}'; {did_you_mean(start, known)}")
    return chosen


def stages(module: torch.nn.Module, count: int) -> list[tuple[str, ...]]:
    """The layers with parameters, from input to output, in at most `count` groups of nearly equal size.

    Each group as the beginnings of names, ending in a dot. There are fewer if the network has fewer layers. A layer
    that only scales and shifts, as normalisation does, belongs to the one before it.
    """
    weighty = {_layer(name) for name, value in module.named_parameters() if value.ndim > 1}
    units: list[tuple[str, ...]] = []
    for layer in dict.fromkeys(_layer(name) for name, _ in module.named_parameters()):
        if layer in weighty or not units:
            units.append((layer,))
        else:
            units[-1] += (layer,)
    count = min(count, len(units))
    bounds = [round(number * len(units) / count) for number in range(count + 1)]
    return [tuple(chain(*units[low:high])) for low, high in pairwise(bounds)]


def _layer(name: str) -> str:
    return f"{name.rpartition('.')[0]}."
