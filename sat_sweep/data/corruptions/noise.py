"""Noise of sensors and transmission."""

from __future__ import annotations

from sat_sweep.data.corruptions._base import register
from sat_sweep.imports.lazy import torch


@register
def gaussian_noise(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` plus noise of a standard deviation that grows with `severity`; `generator` draws."""
    sigma = (0.04, 0.06, 0.08, 0.09, 0.10)[severity - 1]
    return images + sigma * torch.randn(images.shape, generator=generator).to(images)


@register
def shot_noise(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` by ever fewer photons, the higher the `severity`; `generator` draws."""
    photons = (500, 250, 100, 75, 50)[severity - 1]
    return (torch.poisson(images.cpu() * photons, generator=generator) / photons).to(images)


@register
def impulse_noise(images: torch.Tensor, severity: int, generator: torch.Generator) -> torch.Tensor:
    """`images` with a share of all values, by `severity`, at 0 or 1, either as often; `generator` draws."""
    amount = (0.01, 0.02, 0.03, 0.05, 0.07)[severity - 1]
    drawn = torch.rand(images.shape, generator=generator).to(images)
    return torch.where(drawn < amount / 2, 0.0, torch.where(drawn < amount, 1.0, images))
