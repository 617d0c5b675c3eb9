"""Snow, frost, fog and glaring light."""

from __future__ import annotations

import math

from sat_sweep.data.corruptions._base import register, scale
from sat_sweep.data.corruptions._filters import in_motion, zoomed
from sat_sweep.data.corruptions._plasma import plasma
from sat_sweep.imports.lazy import torch

LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue are (ITU-R BT.601)."""
ICE = (0.85, 0.93, 1.0)
"""What of red, green and blue frost reflects."""


def grey(images: torch.Tensor) -> torch.Tensor:
    """The brightness (N, 1, H, W) of `images` (N, C, H, W), of one channel or of red, green and blue."""
    if images.shape[1] == 1:
        return images
    return (images * torch.tensor(LUMA).view(-1, 1, 1).to(images)).sum(dim=1, keepdim=True)


@register
def snow(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images`, paler, behind flakes that fall steeply; more and longer ones by `severity`, drawn by `generator`."""
    mean, spread, size, least, radius, sigma, clear = (
        (0.1, 0.2, 1.0, 0.6, 8, 3.0, 0.95), (0.1, 0.2, 1.0, 0.5, 10, 4.0, 0.9), (0.15, 0.3, 1.75, 0.55, 10, 4.0, 0.9),
        (0.25, 0.3, 2.25, 0.6, 12, 6.0, 0.85), (0.3, 0.3, 1.25, 0.65, 14, 12.0, 0.8))[severity - 1]
    count, _, height, width = images.shape
    flakes = zoomed(mean + spread * torch.randn(count, 1, height, width, generator=generator), size)
    flakes = torch.where(flakes < least, 0.0, flakes).clamp(0, 1)
    angles = (torch.rand(count, generator=generator) - 1.5) * math.pi / 2
    fallen = in_motion(flakes, angles, max(1, round(radius * scale(images))), sigma * scale(images)).to(images)
    pale = clear * images + (1 - clear) * torch.maximum(images, 1.5 * grey(images) + 0.5)
    return pale + fallen + fallen.flip(-1, -2)


@register
def frost(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` through crystals of ice, whose ridges are those of clouds from `generator`, thicker by `severity`.

    The original lays photographs of frosted windows over them, as bright and by the same shares.
    """
    kept, laid = ((1.0, 0.2), (1.0, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45))[severity - 1]
    count, channels, height, width = images.shape
    ridges = 1 - (2 * plasma(count, height, width, 1.6, generator) - 1).abs()
    colour = torch.tensor(ICE if channels == len(ICE) else (1.0,)).view(-1, 1, 1)
    return kept * images + laid * (ridges[:, None] * colour).to(images)


@register
def fog(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` behind clouds from `generator`, denser and rougher by `severity`, no brighter than they were."""
    density, decay = ((0.2, 3.0), (0.5, 3.0), (0.75, 2.5), (1.0, 2.0), (1.5, 1.75))[severity - 1]
    count, _, height, width = images.shape
    clouds = plasma(count, height, width, decay, generator)[:, None].to(images)
    brightest = images.amax(dim=(1, 2, 3), keepdim=True)
    return (images + density * clouds) * brightest / (brightest + density)


@register
def brightness(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` with a higher value (of hue, saturation, value) by `severity`; `generator` is not asked."""
    more = (0.05, 0.1, 0.15, 0.2, 0.3)[severity - 1]
    value = images.amax(dim=1, keepdim=True)
    raised = (value + more).clamp(max=1)
    return torch.where(value > 0, images * raised / value.clamp(min=1e-6), raised)
