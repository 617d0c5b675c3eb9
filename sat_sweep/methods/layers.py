"""Parts of a network, for methods that treat some otherwise than others."""

from __future__ import annotations

from itertools import pairwise

from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.imports.lazy import torch


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

    Each group as the beginnings of names, ending in a dot. There are fewer if the network has fewer layers.
    """
    layers = list(dict.fromkeys(f"{name.rpartition('.')[0]}." for name, _ in module.named_parameters()))
    count = min(count, len(layers))
    bounds = [round(number * len(layers) / count) for number in range(count + 1)]
    return [tuple(layers[low:high]) for low, high in pairwise(bounds)]
