from __future__ import annotations

from pathlib import Path

import pytest

from tests.inputs.asking import Place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where a test works, which is also where its commands run."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Place(tmp_path / "here", tmp_path / "home")
