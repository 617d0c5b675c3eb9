"""Images whose pixels are shuffled, each image in its own way."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import register
from sat_sweep.data.noise._inputs import InputNoise, pixels
from sat_sweep.imports.lazy import torch


@register
class RandomPixels(InputNoise):
    """The pixels of an image change places, every image by its own permutation (Zhang et al. 2017)."""

    kind: Literal["random_pixels"] = "random_pixels"

    @classmethod
    def destroy(cls, chosen: torch.Tensor, dataset: Dataset, generator: torch.Generator) -> torch.Tensor:
        """A pixel keeps its colour."""
        values = pixels(chosen)
        orders = torch.rand(len(values), values.shape[2], generator=generator).argsort(dim=1)
        return values.gather(2, orders.unsqueeze(1).expand_as(values)).view_as(chosen)
