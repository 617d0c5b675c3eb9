"""A network from outside the package: hidden layers with a gate and a shortcut, for features or small images.

    model: {name: gated, width: 64, depth: 3}
"""

import math
from typing import Literal

import torch
from pydantic import Field

from sat_sweep import ModelSpec, register_network


class Gated(torch.nn.Module):
    """x + sigmoid(A x) * relu(B x), the highway layers of Srivastava et al. 2015 with a plain shortcut."""

    def __init__(self, width):
        super().__init__()
        self.gate, self.change = torch.nn.Linear(width, width), torch.nn.Linear(width, width)

    def forward(self, x):
        """(B, width) to (B, width)."""
        return x + self.gate(x).sigmoid() * self.change(x).relu()


@register_network
class GatedNetwork(ModelSpec):
    """`depth` gated layers of `width` units."""

    images_only = False

    name: Literal["gated"] = "gated"
    width: int = Field(64, ge=1)
    """Units of a layer."""
    depth: int = Field(2, ge=1)
    """Gated layers."""

    def build(self, input_shape, num_classes):
        """From (B, *input_shape) to logits (B, num_classes)."""
        return torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(math.prod(input_shape), self.width),
            *(Gated(self.width) for _ in range(self.depth)), torch.nn.Linear(self.width, num_classes))
