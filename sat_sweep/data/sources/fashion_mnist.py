"""Fashion-MNIST (Xiao et al. 2017, 1708.07747)."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Counts, Source, register
from sat_sweep.data.sources._torchvision import TorchvisionSpec


@register
class FashionMnist(TorchvisionSpec):
    """Pieces of clothing, 60,000 + 10,000 grey 28×28 images, 10 classes."""

    augmentation = "flip"
    published = Counts(60_000, 10_000)

    name: Literal["fashion_mnist"] = "fashion_mnist"

    def source(self) -> Source:
        """(N, 1, 28, 28) uint8; no agreed table of confusable classes exists."""
        train, test = self.open("FashionMNIST", train=True), self.open("FashionMNIST", train=False)
        return Source(
            train.data.unsqueeze(1), train.targets.long(), tuple(train.classes),
            test.data.unsqueeze(1), test.targets.long(),
        )
