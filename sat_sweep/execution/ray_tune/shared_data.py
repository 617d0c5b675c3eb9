"""A dataset as NumPy arrays, which Ray's object store shares between the workers of a machine without a copy."""

from __future__ import annotations

import warnings
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch

from sat_sweep.data import Dataset, DatasetSpec, preload

Packed = tuple[DatasetSpec, Dataset]


def pack(spec: DatasetSpec, dataset: Dataset) -> Any:
    """`dataset` with every tensor as an array, together with the spec it was loaded for."""
    return spec, _convert(dataset, torch.Tensor, lambda tensor: tensor.contiguous().numpy())


def unpack(packed: Any) -> None:
    """From now on loading that spec in this process gives the shared arrays."""
    spec, arrays = packed
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        preload(spec, _convert(arrays, np.ndarray, torch.from_numpy))


def _convert(dataset: Any, kind: type, convert: Any) -> Any:
    changed = {f.name: getattr(dataset, f.name) for f in fields(dataset)}
    changed = {name: convert(value) if isinstance(value, kind) else value for name, value in changed.items()}
    changed["columns"] = {name: convert(value) for name, value in changed["columns"].items()}
    return replace(dataset, **changed)
