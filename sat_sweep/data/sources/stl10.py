"""STL-10 (Coates et al. 2011)."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Counts, Source, register
from sat_sweep.data.sources._torchvision import TorchvisionSpec
from sat_sweep.imports.lazy import torch

CONFUSIONS = {9: 2, 1: 0, 4: 6, 3: 5, 5: 3}
"""The pairs of CIFAR-10 (Patrini et al. 2017), whose classes these are but for one: truck→car, bird→airplane,
deer→horse, cat↔dog."""


@register
class Stl10(TorchvisionSpec):
    """Photographs of animals and vehicles, 5,000 + 8,000 colour 96×96 images, 10 classes."""

    augmentation = "crop+flip"
    published = Counts(5_000, 8_000)

    name: Literal["stl10"] = "stl10"

    def source(self) -> Source:
        """(N, 3, 96, 96) uint8; the unlabelled images are not used."""
        train, test = self.open("STL10", split="train"), self.open("STL10", split="test")
        return Source(
            torch.from_numpy(train.data), torch.from_numpy(train.labels).long(), tuple(train.classes),
            torch.from_numpy(test.data), torch.from_numpy(test.labels).long(), confusions=CONFUSIONS,
        )
