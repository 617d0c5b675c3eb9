"""Clouds: height maps of plasma fractals (Fournier, Fussell & Carpenter, CACM 1982), many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


def plasma(count: int, height: int, width: int, decay: float, generator: Generator) -> Tensor:
    """`count` maps of `height` times `width` in [0, 1], drawn from `generator`; the larger `decay`, the smoother.

    Diamond-square on a torus: each pass halves the distance of known points and divides what is added at random.
    """
    size = 1 << max(1, (max(height, width) - 1).bit_length())
    maps = torch.zeros(count, size, size)
    step, spread = size, 1.0
    while step >= 2:
        half = step // 2
        corners = maps[:, ::step, ::step]
        maps[:, half::step, half::step] = _jittered(_around(corners), spread, generator)
        centres = maps[:, half::step, half::step]
        maps[:, ::step, half::step] = _jittered(_across(corners, centres, 2, 1), spread, generator)
        maps[:, half::step, ::step] = _jittered(_across(corners, centres, 1, 2), spread, generator)
        step, spread = half, spread / decay
    cut = maps[:, :height, :width]
    low, high = cut.amin(dim=(1, 2), keepdim=True), cut.amax(dim=(1, 2), keepdim=True)
    return (cut - low) / (high - low).clamp(min=1e-6)


def _around(corners: Tensor) -> Tensor:
    """The mean of the four corners of each square."""
    sides = corners + corners.roll(-1, dims=1)
    return (sides + sides.roll(-1, dims=2)) / 4


def _across(corners: Tensor, centres: Tensor, corner_axis: int, centre_axis: int) -> Tensor:
    """The mean of the two corners and the two centres beside the middle of each edge."""
    return (corners + corners.roll(-1, dims=corner_axis) + centres + centres.roll(1, dims=centre_axis)) / 4


def _jittered(mean: Tensor, spread: float, generator: Generator) -> Tensor:
    return mean + spread * (2 * torch.rand(mean.shape, generator=generator) - 1)
