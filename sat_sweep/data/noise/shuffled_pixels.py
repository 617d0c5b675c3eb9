"""Images whose pixels are shuffled, all in the same way."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import register
from sat_sweep.data.noise._inputs import InputNoise, pixels
from sat_sweep.imports.lazy import torch


@register
class ShuffledPixels(InputNoise):
    """The pixels of an image change places, all images by one permutation (Zhang et al. 2017)."""

    kind: Literal["shuffled_pixels"] = "shuffled_pixels"

    @classmethod
    def destroy(cls, chosen: torch.Tensor, dataset: Dataset, generator: torch.Generator) -> torch.Tensor:
        """A pixel keeps its colour."""
        values = pixels(chosen)
        order = torch.randperm(values.shape[2], generator=generator)
        return values[:, :, order].view_as(chosen)
