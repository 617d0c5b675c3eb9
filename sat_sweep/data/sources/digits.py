"""The 1,797 handwritten digits that come with scikit-learn (Alpaydin and Kaynak 1998): no download."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np

from sat_sweep.data.dataset import Counts, DatasetSpec, Source, register
from sat_sweep.imports.lazy import torch

CONFUSIONS = {2: 7, 3: 8, 5: 6, 6: 5, 7: 1}
"""Patrini et al. 2017 (1609.03683) for MNIST: 2→7, 3→8, 5↔6, 7→1."""


@register
class Digits(DatasetSpec):
    """Handwritten digits, 1,797 grey 8×8 images, 10 classes; embedded, without a test split."""

    name: Literal["digits"] = "digits"

    def source(self) -> Source:
        """All images as (1797, 1, 8, 8) float32 in [0, 1]."""
        table = torch.from_numpy(_table())
        return Source(
            images=(table[:, :64] / 16).float().view(-1, 1, 8, 8),
            labels=table[:, 64].long(),
            class_names=tuple(str(digit) for digit in range(10)),
            confusions=CONFUSIONS,
        )

    def counts(self) -> Counts:
        """They never change."""
        return Counts(1797)


def _table() -> np.ndarray:
    """(1797, 65) float64: pixels from 0 to 16 and the label.

    Read from scikit-learn's file: importing its reader takes four seconds, more than a whole trial.
    """
    package = find_spec("sklearn")
    folder = Path(package.origin).parent if package and package.origin else Path()
    file = folder / "datasets" / "data" / "digits.csv.gz"
    if file.exists():
        text = gzip.decompress(file.read_bytes()).replace(b"\n", b",").strip(b",")
        return np.array(text.split(b","), dtype=np.float64).reshape(-1, 65)
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return np.column_stack([images, labels])
