"""Street View House Numbers (Netzer et al. 2011)."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Counts, Source, register
from sat_sweep.data.sources._torchvision import TorchvisionSpec
from sat_sweep.data.sources.digits import CONFUSIONS
from sat_sweep.imports.lazy import torch


@register
class Svhn(TorchvisionSpec):
    """House numbers, 73,257 + 26,032 colour 32×32 images, 10 classes; the extra images are not used."""

    augmentation = "crop"
    published = Counts(73_257, 26_032)

    name: Literal["svhn"] = "svhn"

    def source(self) -> Source:
        """(N, 3, 32, 32) uint8; digits are confused as for handwritten ones."""
        train, test = self.open("SVHN", split="train"), self.open("SVHN", split="test")
        return Source(
            torch.from_numpy(train.data), torch.from_numpy(train.labels).long(), tuple("0123456789"),
            torch.from_numpy(test.data), torch.from_numpy(test.labels).long(), confusions=CONFUSIONS,
        )
