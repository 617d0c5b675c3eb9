"""Blurs of lenses, frosted glass and movement."""

from __future__ import annotations

import math

from sat_sweep.data.corruptions._base import register, scale
from sat_sweep.data.corruptions._filters import blurred, filtered, gaussian, in_motion, zoomed
from sat_sweep.imports.lazy import torch


@register
def defocus_blur(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` under a disk whose radius grows with `severity`; nothing is drawn from `generator`."""
    radius, softness = ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1.0, 0.2), (1.5, 0.1))[severity - 1]
    return filtered(filtered(images, disk(radius * scale(images))), soft_square(softness))


def disk(radius: float) -> torch.Tensor:
    """Even weights (k, k) that add up to 1, over the pixels whose middle is at most `radius` from the middle one."""
    places = torch.arange(-math.ceil(radius), math.ceil(radius) + 1)
    inside = (places[:, None] ** 2 + places[None, :] ** 2 <= radius**2).float()
    return inside / inside.sum()


def soft_square(sigma: float) -> torch.Tensor:
    """Weights (3, 3) of a Gaussian of `sigma` pixels."""
    weights = gaussian(sigma, 1)
    return weights[:, None] * weights[None, :]


@register
def glass_blur(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` in which neighbouring pixels change places, between two blurs that `severity` widens.

    From the last row and column to the first, each pixel is exchanged with itself or one above and left of it, drawn
    by `generator`.
    """
    sigma, rounds = ((0.05, 1), (0.25, 1), (0.4, 1), (0.25, 2), (0.4, 2))[severity - 1]
    sigma *= scale(images)
    soft = blurred(images, sigma)
    for _ in range(rounds):
        soft = _exchanged(soft, generator)
    return blurred(soft, sigma)


def _exchanged(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    count, _, height, width = images.shape
    source = torch.arange(height * width).repeat(count, 1)
    up, left = torch.randint(2, (2, height * width, count), generator=generator)
    every = torch.arange(count)
    for row in range(height - 1, 0, -1):
        for column in range(width - 1, 0, -1):
            here = row * width + column
            there = here - up[here] * width - left[here]
            source[every, here], source[every, there] = source[every, there], source[every, here]
    flat = images.flatten(2)
    return flat.gather(2, source[:, None].expand_as(flat).to(images.device)).view_as(images)


@register
def motion_blur(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` smeared by a length that grows with `severity`, within 45 degrees of level; `generator` draws how."""
    radius, sigma = ((6, 1.0), (6, 1.5), (6, 2.0), (8, 2.0), (9, 2.5))[severity - 1]
    angles = (torch.rand(len(images), generator=generator) - 0.5) * math.pi / 2
    return in_motion(images, angles, max(1, round(radius * scale(images))), sigma * scale(images))


@register
def zoom_blur(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` and their enlargements by up to 5 % for each `severity`, averaged; `generator` is not asked."""
    largest = 5 * severity
    enlarged = [zoomed(images, 1 + percent / 100) for percent in range(largest + 1)]
    return (images + sum(enlarged)) / (len(enlarged) + 1)
