"""Some images out of focus, as in SimCLR (Chen et al. 2020, arXiv 2002.05709, appendix A)."""

from __future__ import annotations

from sat_sweep.data.augmentations._base import register
from sat_sweep.imports.lazy import torch

PROBABILITY = 0.5
"""How many images are blurred."""
LEAST, MOST = 0.1, 2.0
"""Between which the standard deviation lies, in pixels."""


@register
def blur(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor, strength: float) -> torch.Tensor:
    """Half of `images` (B, C, H, W) smoothed by a Gaussian whose width is drawn for each.

    Its standard deviation is between 0.1 and 2 pixels, its window the odd number of pixels next to a tenth of the
    shorter side, at least 3. `generator` draws on the CPU; a `strength` below 1 makes it so much rarer. `fill`, what
    black is, does not matter.
    """
    chosen = torch.rand(len(images), generator=generator) < strength * PROBABILITY
    width = LEAST + (MOST - LEAST) * torch.rand(len(images), generator=generator)
    where = chosen.nonzero().flatten()
    blurred = images.clone()
    at = where.to(images.device)
    blurred[at] = smoothed(images[at], width[where].to(images.device))
    return blurred


def smoothed(images: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """Each of `images` (B, C, H, W) smoothed by a Gaussian of standard deviation `width` (B,); edges are mirrored."""
    reach = max(1, round(min(images.shape[2:]) / 20))
    offsets = torch.arange(-reach, reach + 1, device=images.device, dtype=width.dtype)
    weights = torch.exp(-0.5 * (offsets / width[:, None]) ** 2)
    weights = (weights / weights.sum(dim=1, keepdim=True)).to(images)
    for dim in (2, 3):
        images = _summed(images, weights, dim, reach)
    return images


def _summed(images: torch.Tensor, weights: torch.Tensor, dim: int, reach: int) -> torch.Tensor:
    """`images` moved along `dim` by up to `reach` pixels either way, each move with its weight of `weights`."""
    sides = [reach, reach, 0, 0] if dim == 3 else [0, 0, reach, reach]
    mirrored = torch.nn.functional.pad(images, sides, mode="reflect")
    length = images.shape[dim]
    moved = [weights[:, place].view(-1, 1, 1, 1) * mirrored.narrow(dim, place, length)
             for place in range(2 * reach + 1)]
    return torch.stack(moved).sum(dim=0)
