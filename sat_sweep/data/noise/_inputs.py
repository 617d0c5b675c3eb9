"""Noise on images instead of labels."""

from __future__ import annotations

from abc import abstractmethod

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import Corrupted, NoiseLevel
from sat_sweep.data.noise._rates import Rates
from sat_sweep.imports.lazy import torch


class InputNoise(Rates):
    """A share `rate` of the training images is destroyed, exact but for rounding; all labels stay right."""

    @classmethod
    @abstractmethod
    def destroy(cls, chosen: torch.Tensor, dataset: Dataset, generator: torch.Generator) -> torch.Tensor:
        """What becomes of the `chosen` images (B, …): same shape and type."""

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """Other images, the same labels."""
        assert level.rate is not None
        generator = torch.Generator().manual_seed(seed)
        count = len(dataset.images)
        chosen = torch.randperm(count, generator=generator)[: round(level.rate * count)]
        images = dataset.images.clone()
        images[chosen] = cls.destroy(images[chosen], dataset, generator)
        return Corrupted(images, dataset.labels, dataset.labels, corrupted_inputs=len(chosen) / count)


def pixels(images: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W) as (B, C, H × W); features (B, F) as (B, 1, F)."""
    return images.flatten(2) if images.dim() > 2 else images.unsqueeze(1)
