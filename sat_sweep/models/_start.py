"""Where a network starts, beside a random draw: weights from a file, and layers that stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sat_sweep.data.places import local_file
from sat_sweep.errors import DataUnavailable, UserError, did_you_mean
from sat_sweep.imports.lazy import torch

TRUNK: Literal["trunk"] = "trunk"
"""Everything but the head."""


def head_of(module: torch.nn.Module) -> str:
    """How the names of what answers for the classes begin, such as `head.`: the last layer with parameters.

    A head of several layers says so by an attribute `is_head`.
    """
    for name, layer in module.named_modules():
        if getattr(layer, "is_head", False):
            return f"{name}."
    *_, last = (name for name, _ in module.named_parameters())
    return last.rpartition(".")[0] + "."


def replace_head(module: torch.nn.Module, make: Callable[[int], torch.nn.Module]) -> None:
    """Put what `make` makes for so many features in the place of the last layer.

    Raises UserError where that is none of features alone, (B, features).
    """
    path = head_of(module)[:-1]
    last = module.get_submodule(path)
    if not path or not isinstance(last, torch.nn.Linear):
        raise UserError(f"its last layer is a {type(last).__name__}, in whose place no other can be put; "
                        "that takes a torch.nn.Linear")
    module.set_submodule(path, make(last.in_features))


def chosen_by(layers: Iterable[str], module: torch.nn.Module) -> dict[str, str]:
    """Parameters by name with what of `layers` chooses each: the longest beginning of its name, else `trunk`.

    Raises UserError for one with which no parameter begins.
    """
    names, head, asked = [name for name, _ in module.named_parameters()], head_of(module), tuple(layers)
    for layer in asked:
        if layer != TRUNK and not any(_begins(name, layer) for name in names):
            known = [TRUNK, *dict.fromkeys(name.split(".")[0] for name in names)]
            raise UserError(f"no layer begins with '{layer}'; {did_you_mean(layer, known)}")
    chosen = {}
    for name in names:
        fitting = [layer for layer in asked if layer != TRUNK and _begins(name, layer)]
        if fitting:
            chosen[name] = max(fitting, key=len)
        elif TRUNK in asked and not name.startswith(head):
            chosen[name] = TRUNK
    return chosen


def freeze(module: torch.nn.Module, layers: tuple[str, ...]) -> None:
    """Let the parameters of `layers` get no gradient; raises UserError where that would be all of them."""
    chosen = chosen_by(layers, module)
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name not in chosen)
    if layers and not any(parameter.requires_grad for parameter in module.parameters()):
        raise UserError("with all of its layers frozen a network has nothing to learn")


def load_weights(module: torch.nn.Module, place: Path | str) -> None:
    """Copy the tensors of the safetensors file at `place` into parameters and buffers of the same name and shape.

    The head may be another one and then starts anew. Raises UserError if anything else is missing, DataUnavailable if
    the file cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        given = load_file(local_file(place))
    except (OSError, SafetensorError) as error:
        raise DataUnavailable(f"{place} cannot be read as a safetensors file: {error}") from error
    own, head = module.state_dict(), head_of(module)
    fitting = {name: tensor for name, tensor in given.items() if name in own and own[name].shape == tensor.shape}
    missing = [name for name in own if name not in fitting and not name.startswith(head)
               and not name.endswith("num_batches_tracked")]
    if missing:
        shape = tuple(own[missing[0]].shape)
        raise UserError(f"{place} has no '{missing[0]}' of shape {shape}, and lacks {len(missing)} of the network's "
                        f"{len(own)} tensors; it has such as '{next(iter(given), 'nothing')}'")
    module.load_state_dict(fitting, strict=False)


def content_digest(place: Path | str) -> str:
    """The SHA-256 of the file at `place`; raises DataUnavailable if it cannot be read."""
    file = local_file(place)
    try:
        found = file.stat()
        return _digest(file, found.st_mtime_ns, found.st_size)
    except OSError as error:
        raise DataUnavailable(f"{place} cannot be read: {error.strerror}") from error


@lru_cache(64)
def _digest(file: Path, changed: int, size: int) -> str:
    """Read once for as long as it stays what it was."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _begins(name: str, layer: str) -> bool:
    return name == layer or name.startswith(layer if layer.endswith(".") else f"{layer}.")
