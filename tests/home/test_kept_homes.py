"""Small homes as released formats have them, one for each: they are read for ever.

A new format gets a home of its own here, made by launching the `space.yaml` in the last one: the sweep with the JSON of
its report, without notes of who ran it and without MLflow; studies, trajectories and evidence.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.home.checksum import FORMAT

KEPT = sorted((Path(__file__).parent / "kept").glob("format_*.zip"))


def test_the_present_format_is_kept() -> None:
    assert [path.stem for path in KEPT] == [f"format_{number}" for number in range(1, FORMAT + 1)]


@pytest.fixture(params=KEPT, ids=lambda path: path.stem)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with zipfile.ZipFile(request.param) as kept:
        kept.extractall(tmp_path / "home")
    return tmp_path / "home"


def ask(home: Path, *words: str) -> str:
    answer = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_its_answer_is_what_it_was(home: Path) -> None:
    was = json.loads((home / "kept" / "report" / "report.json").read_text())
    now = json.loads(ask(home, "report", "kept", "--json"))
    assert len(now["rows"]) == len(was["rows"])
    for before, after in zip(was["rows"], now["rows"], strict=True):
        assert {name: after[name] for name in before} == before, "later versions may add to it"
    assert now["compute"] == was["compute"]
    assert '"finished"' in ask(home, "status", "kept", "--json")
    assert "suspects" in ask(home, "suspects", "kept", "--out", str(home / "out"))


@pytest.mark.usefixtures("temporary_folder")
def test_it_goes_on_without_training_anything_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its results count, its studies are known, and doctor finds only that its MLflow is not here."""
    assert "Trained 0 epochs" in ask(home, "resume", "kept", "--serial")
    assert ask(home, "doctor", "kept").endswith("everything is as it should be\n")
    monkeypatch.chdir(home)
    extended = ask(home, "extend", "kept", "--trials", "+1", "--serial")
    assert "Trained 0 epochs" not in extended
