"""A whole sweep of which much is damaged at once: every command answers, and the next launch mends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sat_sweep.home import Home
from tests.cli.making import SPACE, space_file


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    space_file(folder, SPACE)
    assert command(folder, "launch", "space.yaml", "--serial", "--yes").returncode == 0
    return folder


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SAT_SWEEP_HOME": str(folder / "home")}
    return subprocess.run([sys.executable, "-m", "sat_sweep", *words], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def report(folder: Path) -> dict[str, Any]:
    content = json.loads(command(folder, "report", "tiny", "--json").stdout)
    del content["compute"]
    return content


def flip(path: Path, after: bytes) -> None:
    content = path.read_bytes()
    at = content.index(after) + len(after)
    path.write_bytes(content[:at] + (b"3" if content[at:at + 1] != b"3" else b"4") + content[at + 1:])


def truncate(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:int(len(content) * share)])


def test_much_is_damaged_and_nothing_is_lost(place: Path) -> None:
    before = report(place)
    home = place / "home"
    results = sorted((home / "tiny" / "results").rglob("[!.]*.json"))
    flip(results[0], b'"val/noisy_accuracy": 0.')
    truncate(results[1], 0.0)
    truncate(results[-1], 0.5)
    for key in ("sweep.json", "status.json"):
        truncate(home / "tiny" / key, 0.0)
    truncate(home / "studies.db", 0.5)
    for records in (home / "trajectories").rglob("*.records"):
        flip(records, b'"val/noisy_accuracy": 0.')

    for words in (("list",), ("status", "tiny"), ("logs", "tiny"), ("report", "tiny", "--json"), ("best", "tiny")):
        answer = command(place, *words, *(["--noise", "0.4", "--method", "sat"] if words[0] == "best" else []))
        assert answer.returncode == 0, answer.stderr
        assert "Traceback" not in answer.stderr

    again = command(place, "launch", "space.yaml", "--serial", "--yes")
    assert again.returncode == 0, again.stderr
    said = [line for line in again.stderr.splitlines() if line.startswith("warning: ")]
    for word in ("sweep.json", "studies.db", *(path.stem for path in (results[0], results[1], results[-1]))):
        assert any(word in line and "cannot be used" in line for line in said), (word, said)
    assert report(place) == before
    assert sum(1 for _ in Home(str(home)).sweep("tiny").results()) == len(results)

    quiet = command(place, "launch", "space.yaml", "--serial", "--yes")
    assert (quiet.returncode, "warning" in quiet.stderr, "Trained 0 epochs" in quiet.stderr) == (0, False, True)
