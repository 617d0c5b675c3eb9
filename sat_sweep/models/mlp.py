"""A perceptron with hidden layers of equal width."""

from __future__ import annotations

import math
from collections import OrderedDict
from itertools import pairwise
from typing import Literal

from pydantic import Field
from torch import nn

from sat_sweep.models._base import ModelSpec, register
from sat_sweep.models.linear import Linear


@register
class Mlp(ModelSpec):
    """Fully connected layers with ReLU on the flattened input."""

    images_only = False

    name: Literal["mlp"] = "mlp"
    width: int = Field(512, ge=1)
    """Units of a hidden layer."""
    depth: int = Field(2, ge=1)
    """Hidden layers."""

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> nn.Module:
        """`depth` hidden layers and the head."""
        sizes = [math.prod(input_shape)] + [self.width] * self.depth
        layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
            layers[f"hidden{number}"] = Linear(inputs, outputs)
            layers[f"relu{number}"] = nn.ReLU(inplace=True)
        layers["head"] = nn.Linear(self.width, num_classes)
        return nn.Sequential(layers)
