"""Small datasets, specs and pictures for the tests of this folder."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from pydantic import TypeAdapter

from sat_sweep.data import AnyDataset, Dataset, DatasetSpec


def make_dataset(per_class: int = 60, shape: tuple[int, ...] = (3, 8, 8), **options) -> Dataset:
    """Random images of five classes in shuffled order, with one more label column that is always wrong."""
    classes = 5
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(classes).repeat_interleave(per_class)
    labels = labels[torch.randperm(len(labels), generator=generator)]
    images = torch.randint(256, (len(labels), *shape), generator=generator).to(torch.uint8)
    values = {
        "images": images, "labels": labels, "test_images": images[:20], "test_labels": labels[:20],
        "class_names": tuple("abcde"), "confusions": {0: 1, 1: 0},
        "columns": {"human": (labels + 1) % classes},
    }
    return Dataset(**{**values, **options})


def spec(name: str, **options) -> DatasetSpec:
    return TypeAdapter(AnyDataset).validate_python({"name": name, **options})


def picture(value: int, side: int = 8, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), value, dtype=np.uint8)).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()
