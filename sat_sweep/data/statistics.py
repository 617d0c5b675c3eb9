"""Mean and standard deviation of inputs, and inputs brought to mean 0 and standard deviation 1 by them."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch

_CHUNK = 1024


def moments(inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation, float32, per channel of (N, C, H, W) or per feature of (N, F).

    uint8 counts as 0 to 1. The deviation of something constant is 1, so that dividing by it is harmless.
    """
    values = inputs.flatten(2) if inputs.dim() > 2 else inputs.unsqueeze(2)
    total = torch.zeros(values.shape[1], dtype=torch.float64)
    squares = torch.zeros_like(total)
    # In chunks: doubles need eight times the memory of bytes. Sums of bytes are exact, in whatever order.
    for chunk in values.split(_CHUNK):
        exact = chunk.double()
        total += exact.sum(dim=(0, 2))
        squares += exact.square().sum(dim=(0, 2))
    count = values.shape[0] * values.shape[2]
    mean = total / count
    std = (squares / count - mean.square()).clamp(min=0).sqrt()
    # A constant's variance comes out of the subtraction as rounding noise of about 1e-16 times its square.
    std = torch.where(std > 1e-6 * mean.abs(), std, 1.0 * _scale(inputs))
    return (mean / _scale(inputs)).float(), (std / _scale(inputs)).float()


def normalise(inputs: torch.Tensor, mean: torch.Tensor, std: torch.Tensor, device: torch.device | str) -> torch.Tensor:
    """`inputs` (N, C, H, W) or (N, F) on `device` as float32, minus `mean`, divided by `std` (C,) or (F,)."""
    shape = (1, -1) + (1,) * (inputs.dim() - 2)
    values = inputs.to(device).float() / _scale(inputs)
    return (values - mean.to(device).view(shape)) / std.to(device).view(shape)


def _scale(inputs: torch.Tensor) -> float:
    return 255.0 if inputs.dtype == torch.uint8 else 1.0
