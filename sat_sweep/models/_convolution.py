"""What the convolutional networks share."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> torch.nn.Conv2d:
    """A 3×3 convolution that keeps the size at `stride` 1, `inputs` to `outputs` channels; batch norm has the bias."""
    return torch.nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


def initialise(network: torch.nn.Module) -> None:
    """He-normal weights (fan out, ReLU) for every convolution, from torch's global generator."""
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
