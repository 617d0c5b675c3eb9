from __future__ import annotations

import os
from pathlib import Path

import pytest

from sat_sweep.data import Dataset
from tests.data.making import make_dataset

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of CIFAR-10 with human labels, where it exists."""
    folder = Path(os.environ.get("SAT_SWEEP_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "cifar10_train.parquet").exists():
        pytest.skip(f"no cifar10_train.parquet in {folder}; set SAT_SWEEP_DATA to the folder that holds it")
    return folder


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset()
