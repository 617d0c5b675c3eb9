"""Blurs and displacements of whole batches; beyond the border the image is mirrored or goes on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def filtered(images: Tensor, kernel: Tensor) -> Tensor:
    """`images` (N, C, H, W), each channel correlated with `kernel` (h, w) of odd sides; the border is repeated."""
    height, width = kernel.shape
    padded = torch.nn.functional.pad(images, (width // 2, width // 2, height // 2, height // 2), mode="replicate")
    channels = images.shape[1]
    weight = kernel.to(images).expand(channels, 1, height, width)
    return torch.nn.functional.conv2d(padded, weight, groups=channels)


def gaussian(sigma: float, reach: int) -> Tensor:
    """Weights (2 reach + 1,) that add up to 1, of a Gaussian of standard deviation `sigma`, cut off at `reach`."""
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-places**2 / (2 * sigma**2))
    return weights / weights.sum()


def blurred(images: Tensor, sigma: float) -> Tensor:
    """`images` (N, C, H, W) under a Gaussian of `sigma` pixels, as they are for 0."""
    if sigma == 0:
        return images
    kernel = gaussian(sigma, max(1, math.ceil(4 * sigma)))
    return filtered(filtered(images, kernel[None, :]), kernel[:, None])


def displaced(images: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """`images` (N, C, H, W), each pixel taken from so far `right` and `down` of it, in pixels, bilinearly.

    Both (N, H, W), or what broadcasts to that; beyond the border the image is mirrored.
    """
    height, width = images.shape[-2:]
    rows, columns = torch.arange(height).view(-1, 1).to(images), torch.arange(width).to(images)
    x = (columns + right.to(images)).expand(len(images), height, width)
    y = (rows + down.to(images)).expand(len(images), height, width)
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    return torch.nn.functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def zoomed(images: Tensor, factor: float) -> Tensor:
    """`images` (N, C, H, W) seen `factor` times as large, about their middle."""
    height, width = images.shape[-2:]
    shrink = 1 / factor - 1
    rows = (torch.arange(height) - (height - 1) / 2).view(-1, 1) * shrink
    columns = (torch.arange(width) - (width - 1) / 2) * shrink
    return displaced(images, columns, rows)


def in_motion(images: Tensor, angles: Tensor, radius: int, sigma: float) -> Tensor:
    """`images` (N, C, H, W), each smeared one way along its own of `angles` (N,), in radians.

    Weights are those of half a Gaussian of `sigma` pixels over the 2 `radius` + 1 places from the pixel on.
    """
    weights = torch.exp(-torch.arange(2 * radius + 1) ** 2 / (2 * sigma**2))
    weights /= weights.sum()
    cosine, sine = (each.view(-1, 1, 1) for each in (torch.cos(angles), torch.sin(angles)))
    shifted = (weight * displaced(images, place * cosine, place * sine) for place, weight in enumerate(weights))
    return torch.stack(list(shifted)).sum(dim=0)
