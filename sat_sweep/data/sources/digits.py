"""The 1,797 handwritten digits that come with scikit-learn (Alpaydin and Kaynak 1998): no download."""

from __future__ import annotations

from typing import Literal

import torch

from sat_sweep.data.dataset import DatasetSpec, Source, register

CONFUSIONS = {2: 7, 3: 8, 5: 6, 6: 5, 7: 1}
"""Patrini et al. 2017 (1609.03683) for MNIST: 2→7, 3→8, 5↔6, 7→1."""


@register
class Digits(DatasetSpec):
    """Handwritten digits, 1,797 grey 8×8 images, 10 classes; embedded, without a test split."""

    name: Literal["digits"] = "digits"

    def source(self) -> Source:
        """All images as (1797, 1, 8, 8) float32 in [0, 1]."""
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        return Source(
            images=torch.from_numpy(images / 16).float().view(-1, 1, 8, 8),
            labels=torch.from_numpy(labels).long(),
            class_names=tuple(str(digit) for digit in range(10)),
            confusions=CONFUSIONS,
        )
