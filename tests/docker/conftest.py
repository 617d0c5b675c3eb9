"""One stack of services for all tests that need it: it takes half a minute to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stack import Stack, running


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Head and two workers, PostgreSQL, MLflow with passwords, an S3 store, and a client."""
    with running(tmp_path_factory.mktemp("stack")) as up:
        yield up
