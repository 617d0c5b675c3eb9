"""Some images without their colours, as in SimCLR (Chen et al. 2020, arXiv 2002.05709, appendix A)."""

from __future__ import annotations

from sat_sweep.data.augmentations._base import register
from sat_sweep.data.augmentations._pixels import black_and_span, grey
from sat_sweep.imports.lazy import torch

PROBABILITY = 0.2
"""How many images lose their colours."""


@register
def grayscale(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor, strength: float,
              white: torch.Tensor) -> torch.Tensor:
    """The grey of one in five of `images` (B, C, H, W) in all of its channels.

    Grey is measured between black and white, `fill` and `white` (C,) after normalisation. `generator` draws on the CPU;
    a `strength` below 1 makes it so much rarer.
    """
    black, span = black_and_span(images, fill, white)
    chosen = torch.rand(len(images), generator=generator) < strength * PROBABILITY
    colourless = grey((images - black) / span) * span + black
    return torch.where(chosen.to(images.device).view(-1, 1, 1, 1), colourless, images)
