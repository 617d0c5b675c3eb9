"""A small convolutional network that a CPU trains in seconds."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.models._base import ModelSpec, register
from sat_sweep.models._convolution import conv3x3


@register
class Convnet(ModelSpec):
    """Three blocks of convolution, batch norm, ReLU and pooling with width, 2 width and 4 width channels."""

    normalises_batches = True

    name: Literal["convnet"] = "convnet"
    width: int = Field(32, ge=1)
    """Channels of the first block."""

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """The blocks, the mean over positions and the head."""
        channels = [input_shape[0], self.width, 2 * self.width, 4 * self.width]
        blocks = {f"block{i + 1}": _block(channels[i], channels[i + 1]) for i in range(3)}
        return torch.nn.Sequential(OrderedDict(
            **blocks, pool=torch.nn.AdaptiveAvgPool2d(1), flatten=torch.nn.Flatten(),
            head=torch.nn.Linear(channels[-1], num_classes),
        ))


def _block(inputs: int, outputs: int) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        conv3x3(inputs, outputs), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU(inplace=True), torch.nn.MaxPool2d(2)
    )
