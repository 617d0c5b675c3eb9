"""A database and a sweep to be mirrored."""

from __future__ import annotations

from pathlib import Path

import pytest

from sat_sweep.home import SweepHome
from tests.tracking.mirrored_home import home


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database for all tests of a file, since making one takes seconds; every test has a sweep."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def sweep(tmp_path: Path, request: pytest.FixtureRequest) -> SweepHome:
    return home(tmp_path, name=request.node.name)
