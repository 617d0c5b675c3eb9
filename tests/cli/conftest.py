from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line in an empty folder with an empty home: `cli("list")`."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("SAT_SWEEP_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def untouched(tmp_path: Path) -> Any:
    """Whether nothing was made where the command ran nor in the home."""
    return lambda: not (tmp_path / "home").exists() and not list((tmp_path / "here").iterdir())
