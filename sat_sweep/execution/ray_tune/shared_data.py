"""Datasets as NumPy arrays, which Ray's object store shares between the workers of a machine without a copy."""

from __future__ import annotations

import warnings
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch

from sat_sweep.data import DataCache, Dataset


def pack(data: DataCache) -> dict[str, Dataset]:
    """What `data` holds with every tensor as an array."""
    return {key: _convert(dataset, torch.Tensor, lambda tensor: tensor.contiguous().numpy())
            for key, dataset in data.known.items()}


def unpack(packed: dict[str, Dataset]) -> DataCache:
    """The same data on the shared arrays, which are not copied."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return DataCache({key: _convert(arrays, np.ndarray, torch.from_numpy) for key, arrays in packed.items()})


def _convert(dataset: Dataset, kind: type, convert: Any) -> Dataset:
    changed: dict[str, Any] = {f.name: getattr(dataset, f.name) for f in fields(dataset)}
    changed = {name: convert(value) if isinstance(value, kind) else value for name, value in changed.items()}
    changed["columns"] = {name: convert(value) for name, value in changed["columns"].items()}
    return replace(dataset, **changed)
