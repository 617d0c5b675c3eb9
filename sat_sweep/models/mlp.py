"""A perceptron with hidden layers of equal width."""

from __future__ import annotations

import math
from collections import OrderedDict
from itertools import pairwise
from typing import Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.models._base import ModelSpec, register


@register
class Mlp(ModelSpec):
    """Fully connected layers with ReLU on the flattened input."""

    images_only = False

    name: Literal["mlp"] = "mlp"
    width: int = Field(512, ge=1)
    """Units of a hidden layer."""
    depth: int = Field(2, ge=1)
    """Hidden layers."""

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """`depth` hidden layers and the head."""
        from sat_sweep.models._linear import Linear

        sizes = [math.prod(input_shape)] + [self.width] * self.depth
        layers: OrderedDict[str, torch.nn.Module] = OrderedDict(flatten=torch.nn.Flatten())
        for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
            layers[f"hidden{number}"] = Linear(inputs, outputs)
            layers[f"relu{number}"] = torch.nn.ReLU(inplace=True)
        layers["head"] = torch.nn.Linear(self.width, num_classes)
        return torch.nn.Sequential(layers)
