from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="module")
def _no_onnx(request: pytest.FixtureRequest) -> None:
    """`test_exactness.py` has it for every case."""
    if request.module.__name__.rpartition(".")[2] != "test_exactness":
        request.getfixturevalue("without_onnx")


@pytest.fixture(autouse=True)
def _no_mlflow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing it takes longer than an export; the tests of `test_mlflow.py` have it."""
    if request.module.__name__.rpartition(".")[2] != "test_mlflow":
        monkeypatch.setattr("sat_sweep.commands.exporting.log_model", lambda *given: None)
