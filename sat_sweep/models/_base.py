"""What a network is: its options and how it is built from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.registry import Registry
from sat_sweep.settings import Closed, OneOf, registrar


class ModelSpec(Closed, ABC):
    """The `model:` block of a space file. A network is one subclass; its last layer is called `head`."""

    images_only: ClassVar[bool] = True
    normalises_batches: ClassVar[bool] = False
    """Whether it has batch normalisation, through which the examples of a batch act on each other."""

    name: str

    @abstractmethod
    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """A freshly initialised network from (B, *input_shape) to logits (B, num_classes)."""


models: Registry[type[ModelSpec]] = Registry("model", "sat_sweep.models")
AnyModel = Annotated[ModelSpec, OneOf(models, by="name")]
register = registrar(models, by="name")
"""Class decorator: makes a network known by its `name`."""


def build_model(spec: ModelSpec, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
    """The network of `spec` from (B, *input_shape) float32 to logits (B, num_classes), on the CPU.

    Initialisation draws from torch's global generator, which the caller seeds.
    Raises UserError if the network needs images of at least 8×8 pixels and the inputs are none.
    """
    if spec.images_only and (len(input_shape) != 3 or min(input_shape[1:]) < 8):
        raise UserError(f"{spec.name} needs images (channels, height, width) of at least 8×8 pixels; "
                        f"the inputs have shape {input_shape}; use `model: {{name: mlp}}`")
    return spec.build(input_shape, num_classes)
