"""Checks on what files say of each example: labels, weights."""

from __future__ import annotations

import numpy as np

from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch


def class_labels(values: np.ndarray, classes: int | None, where: str) -> torch.Tensor:
    """`values` (N,) as int64 labels.

    Raises DataUnavailable, naming `where`, unless they are whole numbers from 0 to `classes` - 1 (None: any).
    """
    labels = whole_numbers(values, where)
    if not len(labels):
        raise DataUnavailable(f"{where} is empty")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or (classes is not None and high >= classes):
        allowed = "be at least 0" if classes is None else f"lie in 0 to {classes - 1}"
        raise DataUnavailable(f"{where}: labels must {allowed}, got {low} to {high}")
    return labels


def whole_numbers(values: np.ndarray, where: str) -> torch.Tensor:
    """`values` (N,) as int64; raises DataUnavailable, naming `where`, unless they are whole numbers."""
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise DataUnavailable(f"{where}: labels must be one column of whole numbers, got {values.dtype} "
                              f"of shape {values.shape}")
    return torch.from_numpy(values.astype(np.int64))


def numbered_names(labels: torch.Tensor, where: str) -> tuple[str, ...]:
    """Class names "0", "1", … for a dataset that brings none.

    Raises DataUnavailable, naming `where`, if `labels` (N,) leave a number out: nobody knows what it stands for.
    """
    found = labels.unique()
    if len(found) <= (highest := int(labels.max())):
        gap = int((found != torch.arange(len(found))).nonzero()[0])
        raise DataUnavailable(f"{where}: labels go up to {highest:,}, but none is {gap}; number the classes from 0 "
                              "without gaps")
    return tuple(map(str, range(highest + 1)))


def example_weights(values: np.ndarray, where: str) -> torch.Tensor:
    """`values` (N,) as float32 weights; raises DataUnavailable, naming `where`, unless they are finite, from 0 on."""
    if not (np.isfinite(values) & (values >= 0)).all():
        raise DataUnavailable(f"{where} has weights below zero or beyond all bounds")
    return torch.from_numpy(values.astype(np.float32))
