"""What JPEG leaves of an image (ITU-T T.81, annex K.1, and JFIF 1.02): colours, blocks, quantised cosines and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99))
CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99), (18, 21, 26, 66, 99, 99, 99, 99), (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99), *((99,) * 8,) * 4)
"""Quantisation tables at quality 50 (tables K.1 and K.2)."""
TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
"""From red, green and blue to luminance and the two differences of colour (JFIF 1.02)."""
BLOCK = 8


def compressed(images: Tensor, quality: int) -> Tensor:
    """`images` (N, C, H, W) in [0, 1], of one channel or three, after JPEG of a `quality` from 1 to 100.

    Colours have half the resolution both ways, and come back bilinearly, as libjpeg does both.
    """
    height, width = images.shape[-2:]
    pixels = _padded(torch.round(255 * images) - 128, 2 * BLOCK)
    if images.shape[1] == 1:
        return (_coded(pixels, _table(LUMINANCE, quality))[..., :height, :width] + 128) / 255
    matrix = torch.tensor(TO_YCC).to(images)
    ycc = torch.einsum("ij,njhw->nihw", matrix, pixels)
    colour = torch.nn.functional.avg_pool2d(ycc[:, 1:], 2)
    back = torch.nn.functional.interpolate(_coded(colour, _table(CHROMINANCE, quality)), scale_factor=2,
                                           mode="bilinear", align_corners=False)
    ycc = torch.cat([_coded(ycc[:, :1], _table(LUMINANCE, quality)), back], dim=1)
    rgb = torch.einsum("ij,njhw->nihw", torch.linalg.inv(matrix), ycc)
    return (rgb[..., :height, :width] + 128) / 255


def _padded(images: Tensor, multiple: int) -> Tensor:
    """Whole blocks: the last row and column are repeated."""
    height, width = images.shape[-2:]
    return torch.nn.functional.pad(images, (0, -width % multiple, 0, -height % multiple), mode="replicate")


def _table(base: tuple[tuple[int, ...], ...], quality: int) -> Tensor:
    """The quantisation table (8, 8) for a `quality`, as libjpeg scales it."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return ((torch.tensor(base) * percent + 50) // 100).clamp(1, 255).float()


def _coded(channels: Tensor, table: Tensor) -> Tensor:
    """`channels` (N, C, H, W) around 0 after their cosine transforms, block by block, were rounded by `table`."""
    count, depth, height, width = channels.shape
    blocks = channels.view(count, depth, height // BLOCK, BLOCK, width // BLOCK, BLOCK).transpose(3, 4)
    cosines, table = _cosines().to(channels), table.to(channels)
    rounded = torch.round(cosines @ blocks @ cosines.T / table) * table
    return (cosines.T @ rounded @ cosines).transpose(3, 4).reshape(count, depth, height, width)


def _cosines() -> Tensor:
    """The orthonormal discrete cosine transform (8, 8), type II."""
    places = torch.arange(BLOCK, dtype=torch.float64)
    waves = torch.cos(math.pi / BLOCK * (places + 0.5) * places[:, None]) * math.sqrt(2 / BLOCK)
    waves[0] /= math.sqrt(2)
    return waves.float()
