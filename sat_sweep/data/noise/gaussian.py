"""Images replaced by Gaussian noise."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import register
from sat_sweep.data.noise._inputs import InputNoise
from sat_sweep.data.statistics import moments
from sat_sweep.imports.lazy import torch


@register
class Gaussian(InputNoise):
    """Images become Gaussian noise with the dataset's mean and deviation per channel (Zhang et al. 2017)."""

    kind: Literal["gaussian"] = "gaussian"

    @classmethod
    def destroy(cls, chosen: torch.Tensor, dataset: Dataset, generator: torch.Generator) -> torch.Tensor:
        """Independent of the images; pixels are clipped to their range, features are not."""
        mean, std = (moment.view(1, -1, *(1,) * (chosen.dim() - 2)) for moment in moments(dataset.images))
        noise = mean + std * torch.randn(chosen.shape, generator=generator)
        if chosen.dim() == 2:
            return noise
        noise = noise.clamp(0, 1)
        return (noise * 255).round().to(torch.uint8) if chosen.dtype == torch.uint8 else noise
