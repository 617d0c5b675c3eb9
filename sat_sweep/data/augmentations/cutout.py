"""Cutout: DeVries & Taylor 2017, Improved Regularization of Convolutional Neural Networks with Cutout (1708.04552)."""

from __future__ import annotations

from sat_sweep.data.augmentations._base import register
from sat_sweep.imports.lazy import torch


@register
def cutout(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor, strength: float) -> torch.Tensor:
    """A square of zeros (the mean after normalisation) in each image, half as long as its shorter side.

    The centre lies anywhere in the image, so that the square may reach beyond it, as in the paper (section 3.1; there
    16 pixels of 32 for CIFAR-10); `fill`, what black is, does not matter. A `strength` below 1 shortens the side by
    that factor.
    """
    batch, _, height, width = images.shape
    side = round(strength * min(height, width) / 2)
    covered = [_covered(batch, length, side, generator) for length in (height, width)]
    hidden = covered[0][:, None, :, None] & covered[1][:, None, None, :]
    return images.masked_fill(hidden.to(images.device), 0.0)


def _covered(batch: int, length: int, side: int, generator: torch.Generator) -> torch.Tensor:
    """Which of `length` positions `side` of them around a random centre covers, (B, length)."""
    start = torch.randint(length, (batch, 1), generator=generator) - side // 2
    positions = torch.arange(length)
    return (start <= positions) & (positions < start + side)
