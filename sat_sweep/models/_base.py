"""What a network is: its options and how it is built from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, ClassVar

from sat_sweep.data.places import Place
from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.models._start import content_digest, freeze, load_weights, replace_head
from sat_sweep.registry import Registry
from sat_sweep.settings import Closed, OneOf, later, registrar


class ModelSpec(Closed, ABC):
    """The `model:` block of a space file. A network is one subclass; its last layer is called `head`."""

    images_only: ClassVar[bool] = True
    normalises_batches: ClassVar[bool] = False
    """Whether it has batch normalisation, through which the examples of a batch act on each other."""

    name: str
    weights: Place | None = later(None)
    """A safetensors file that it starts from; its last layer may be missing there, or be another one."""
    frozen: tuple[str, ...] = later(())
    """Layers that stay as they start, by how their names begin; `trunk` is all but the last."""

    @abstractmethod
    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """A freshly initialised network from (B, *input_shape) to logits (B, num_classes)."""


models: Registry[type[ModelSpec]] = Registry("model", "sat_sweep.models")
AnyModel = Annotated[ModelSpec, OneOf(models, by="name")]
register = registrar(models, by="name")
"""Class decorator: makes a network known by its `name`."""


def content_of(spec: ModelSpec) -> dict[str, str]:
    """What decides how a network starts and stands in a file of its own: the SHA-256 of its weights."""
    return {"weights": content_digest(spec.weights)} if spec.weights is not None else {}


def build_model(spec: ModelSpec, input_shape: tuple[int, ...], num_classes: int,
                head: Callable[[int], torch.nn.Module] | None = None) -> torch.nn.Module:
    """The network of `spec` from (B, *input_shape) float32 to logits (B, num_classes), on the CPU.

    What `head` makes for so many features stands in the place of its last layer, if it is given.
    Initialisation draws from torch's global generator, which the caller seeds.
    Raises UserError if the network needs images of at least 8×8 pixels and the inputs are none, and where weights or
    frozen layers do not fit it.
    """
    if spec.images_only and (len(input_shape) != 3 or min(input_shape[1:]) < 8):
        raise UserError(f"{spec.name} needs images (channels, height, width) of at least 8×8 pixels; "
                        f"the inputs have shape {input_shape}; use `model: {{name: mlp}}`")
    module = spec.build(input_shape, num_classes)
    if head is not None:
        replace_head(module, head)
    if spec.weights is not None:
        load_weights(module, spec.weights)
    if spec.frozen:
        freeze(module, spec.frozen)
    return module
