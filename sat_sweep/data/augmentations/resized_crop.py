"""A random part of each image, stretched to the size of the whole: the view that representations live on.

Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, arXiv 1409.4842; of the views of SimCLR (Chen et al. 2020,
arXiv 2002.05709, figure 5) the one that matters most. At least a fifth of an image is seen, as is usual for small ones.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sat_sweep.data.augmentations._base import register
from sat_sweep.imports.lazy import torch

LEAST_AREA = 0.2
"""The smallest share of an image that is seen; 0.08 on the large images of ImageNet."""
LONGEST = 4 / 3
"""The largest ratio of sides, either way."""
ATTEMPTS = 10
"""Boxes that are drawn for each image; where none lies within it, all of it is seen."""


class Boxes(NamedTuple):
    """A box in each image, whole pixels, (B,) each."""

    top: torch.Tensor
    left: torch.Tensor
    height: torch.Tensor
    width: torch.Tensor


@register
def resized_crop(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor,
                 strength: float) -> torch.Tensor:
    """A random box of each of `images` (B, C, H, W), brought back to H×W by bilinear interpolation.

    It has between a fifth and all of the area, evenly drawn, with a ratio of sides between 3/4 and 4/3, evenly drawn
    in its logarithm, and lies anywhere. `generator` draws on the CPU. A `strength` below 1 brings area and ratio so
    much nearer to those of the whole; `fill`, what black is, does not matter.
    """
    height, width = images.shape[2:]
    boxes = drawn_boxes(len(images), height, width, generator, strength)
    return stretched(images, Boxes(*(each.to(images.device) for each in boxes)))


def drawn_boxes(count: int, height: int, width: int, generator: torch.Generator, strength: float = 1.0) -> Boxes:
    """`count` boxes in images of `height` × `width`: the first that fits of ten that are drawn for each.

    Areas and ratios as above; with a `strength` of 0 they are those of the whole.
    """
    area, ratio = torch.rand(2, count, ATTEMPTS, generator=generator)
    area = height * width * (1 - strength * (1 - LEAST_AREA) * (1 - area))
    root = torch.exp(strength * math.log(LONGEST) * (2 * ratio - 1)).sqrt()
    tall, wide = (area.sqrt() / root).round().long(), (area.sqrt() * root).round().long()
    fits = (tall >= 1) & (tall <= height) & (wide >= 1) & (wide <= width)
    first = fits.to(torch.uint8).argmax(dim=1, keepdim=True)
    some = fits.any(dim=1)
    tall = torch.where(some, tall.gather(1, first)[:, 0], height)
    wide = torch.where(some, wide.gather(1, first)[:, 0], width)
    down, across = torch.rand(2, count, generator=generator)
    return Boxes((down * (height - tall + 1)).long(), (across * (width - wide + 1)).long(), tall, wide)


def stretched(images: torch.Tensor, boxes: Boxes) -> torch.Tensor:
    """What of each of `images` (B, C, H, W) is in its box, brought back to H×W.

    Bilinear between the middles of pixels, without a look beyond the box.
    """
    rows = _between(images.shape[2], boxes.top, boxes.height)
    lines = _mixed(images, 2, rows)
    return _mixed(lines, 3, _between(images.shape[3], boxes.left, boxes.width))


class _Places(NamedTuple):
    """The pixels before and after each place, and how far it is from the first to the second, (B, length) each."""

    before: torch.Tensor
    after: torch.Tensor
    share: torch.Tensor


def _between(length: int, start: torch.Tensor, size: torch.Tensor) -> _Places:
    """Where `length` places lie that divide `size` pixels from `start` on evenly."""
    middles = (torch.arange(length, device=start.device) + 0.5) / length
    last = size[:, None] - 1
    place = torch.minimum((middles * size[:, None] - 0.5).clamp(min=0), last)
    before = torch.minimum(place.floor().long(), last)
    return _Places(start[:, None] + before, start[:, None] + torch.minimum(before + 1, last), place - before)


def _mixed(images: torch.Tensor, dim: int, places: _Places) -> torch.Tensor:
    """`images` at the `places` along dimension `dim`, 2 or 3."""
    shape = [len(images), 1, 1, 1]
    shape[dim] = -1
    full = [len(images), images.shape[1], *images.shape[2:]]
    full[dim] = places.share.shape[1]
    one, other = (images.gather(dim, at.view(shape).expand(full)) for at in (places.before, places.after))
    return one.lerp(other, places.share.view(shape).to(images).expand(full))
