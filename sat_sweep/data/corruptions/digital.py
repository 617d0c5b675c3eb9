"""What happens to images on their way: low contrast, distortion, few pixels, compression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sat_sweep.data.corruptions._base import register, scale
from sat_sweep.data.corruptions._filters import blurred, displaced
from sat_sweep.data.corruptions._jpeg import compressed
from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


@register
def contrast(images: Tensor, severity: int, generator: Generator) -> Tensor:
    """`images` drawn towards the mean of each channel, closer by `severity`; `generator` is not asked."""
    kept = (0.75, 0.5, 0.4, 0.3, 0.15)[severity - 1]
    mean = images.mean(dim=(2, 3), keepdim=True)
    return (images - mean) * kept + mean


@register
def elastic_transform(images: Tensor, severity: int, generator: Generator) -> Tensor:
    """`images` on a rubber sheet: an affine map, then small pulls that are alike nearby, drawn by `generator`.

    A `severity` of 1 only has the map; from 2 to 5 the pulls become stronger and less alike, and the map weaker.
    """
    pull, alike, corner = ((0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05),
                           (0.1, 0.03, 0.03))[severity - 1]
    side = 32 * scale(images)
    mapped = displaced(images, *_affine(images, corner * side, generator))
    right, down = (_pulls(images, alike * side, generator) * pull * side for _ in range(2))
    return displaced(mapped, right, down) if pull else mapped


def _affine(images: Tensor, reach: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """How far right and down each pixel comes from, (N, H, W), where three points move by up to `reach` each."""
    height, width = images.shape[-2:]
    points = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]) * max(1, min(height, width) // 3)
    moved = points + (2 * torch.rand(len(images), 3, 2, generator=generator) - 1) * reach
    back = torch.linalg.solve(_homogeneous(moved), points.expand_as(moved))
    rows, columns = (torch.arange(length) - length // 2 for length in (height, width))
    y, x = torch.meshgrid(rows.float(), columns.float(), indexing="ij")
    source = _homogeneous(torch.stack([x, y], dim=-1)) @ back[:, None]
    return source[..., 0] - x, source[..., 1] - y


def _homogeneous(points: Tensor) -> Tensor:
    """`points` (…, 2) with a 1 behind each."""
    return torch.cat([points, torch.ones(*points.shape[:-1], 1)], dim=-1)


def _pulls(images: Tensor, sigma: float, generator: Generator) -> Tensor:
    count, _, height, width = images.shape
    drawn = 2 * torch.rand(count, 1, height, width, generator=generator) - 1
    return blurred(drawn, sigma)[:, 0]


@register
def pixelate(images: Tensor, severity: int, generator: Generator) -> Tensor:
    """`images` made smaller by `severity` and large again, by averages over boxes; `generator` is not asked."""
    share = (0.95, 0.9, 0.85, 0.75, 0.65)[severity - 1]
    height, width = images.shape[-2:]
    small = resized(images, max(1, int(height * share)), max(1, int(width * share)))
    return resized(small, height, width)


def resized(images: Tensor, height: int, width: int) -> Tensor:
    """`images` (N, C, H, W) at `height` x `width`: each pixel the mean of those whose middle its box holds."""
    rows, columns = (_boxes(old, new).to(images) for old, new in zip(images.shape[-2:], (height, width), strict=True))
    return rows @ images @ columns.T


def _boxes(old: int, new: int) -> Tensor:
    """Weights (new, old) of a box filter, at least one pixel wide."""
    ratio = old / new
    reach = max(ratio, 1.0) / 2
    middle = (torch.arange(new) + 0.5) * ratio
    first, last = (middle - reach + 0.5).int(), (middle + reach + 0.5).int()
    places = torch.arange(old)
    inside = ((places >= first[:, None]) & (places < last[:, None])).float()
    return inside / inside.sum(dim=1, keepdim=True)


@register
def jpeg_compression(images: Tensor, severity: int, generator: Generator) -> Tensor:
    """`images` after JPEG at a quality that `severity` lowers; `generator` is not asked."""
    return compressed(images, (80, 65, 58, 50, 40)[severity - 1])
