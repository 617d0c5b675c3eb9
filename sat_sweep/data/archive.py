"""A dataset as a NumPy archive, which `npz` reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sat_sweep.data.dataset import Dataset

BESIDE = ("group", "weight")
"""What a dataset may say of each training example beside its label, and what the archive calls it."""


def write_archive(dataset: Dataset, file: Path) -> dict[str, Any]:
    """Write `dataset` to `file`; the settings that read it again from the same folder."""
    beside = {name: values.numpy() for name in BESIDE if (values := getattr(dataset, f"{name}s")) is not None}
    np.savez(file, x_train=dataset.images.numpy(), y_train=dataset.labels.numpy(), x_test=dataset.test_images.numpy(),
             y_test=dataset.test_labels.numpy(), class_names=np.array(dataset.class_names), **beside)
    return {"name": "npz", "path": file.name, **{name: name for name in beside}}
