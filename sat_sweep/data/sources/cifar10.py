"""CIFAR-10 (Krizhevsky 2009)."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Counts, Source, register
from sat_sweep.data.sources._torchvision import TorchvisionSpec, channels_first
from sat_sweep.imports.lazy import torch

CONFUSIONS = {9: 1, 2: 0, 4: 7, 3: 5, 5: 3}
"""Patrini et al. 2017 (1609.03683): truck→automobile, bird→airplane, deer→horse, cat↔dog."""


@register
class Cifar10(TorchvisionSpec):
    """Photographs of animals and vehicles, 50,000 + 10,000 colour 32×32 images, 10 classes."""

    augmentation = "crop+flip"
    published = Counts(50_000, 10_000)

    name: Literal["cifar10"] = "cifar10"

    def source(self) -> Source:
        """(N, 3, 32, 32) uint8, in the order of the original files, which human annotations follow."""
        train, test = self.open("CIFAR10", train=True), self.open("CIFAR10", train=False)
        return Source(
            channels_first(train.data), torch.tensor(train.targets), tuple(train.classes),
            channels_first(test.data), torch.tensor(test.targets), confusions=CONFUSIONS,
        )
