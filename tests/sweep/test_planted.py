"""A home that others can write to, and a key: whatever they plant, a relaunched sweep comes to the numbers it had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from sat_sweep.home import sealed, unsealed
from sat_sweep.home.key import VARIABLE
from sat_sweep.training.trajectory.state import State, decode, encode
from tests.cli.making import SPACE, space_file

KEY = "a key of this test alone"


def command(folder: Path, *words: str, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    environment |= {"SAT_SWEEP_HOME": str(folder / "home"), **({VARIABLE: key} if key else {})}
    return subprocess.run([sys.executable, "-m", "sat_sweep", *words], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def report(folder: Path) -> dict[str, Any]:
    """The answer, as the launch has left it."""
    content: dict[str, Any] = json.loads((folder / "home" / "tiny" / "report" / "report.json").read_text())
    del content["compute"]
    return content


def forge(home: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Everything says that all is at 100 %, and states are zero, with right SHA-256s; how many files that is."""
    monkeypatch.delenv(VARIABLE, raising=False)
    forged = 0
    for path in [*home.rglob("*.json"), *home.rglob("*.records")]:
        content = json.loads(path.read_bytes())
        for record in content.get("records", content.get("history", ())):
            record["metrics"] |= {name: 1.0 for name in record["metrics"] if "accuracy" in name}
        if content.keys() & {"records", "history"}:
            plain = {name: value for name, value in content.items() if name not in ("format", "signed_by", "hmac-256")}
            path.write_bytes(sealed(plain))
            assert unsealed(path.read_bytes()) == plain
            forged += 1
    return forged + sum(forge_state(path) for path in home.rglob("*.state"))


def forge_state(path: Path) -> bool:
    with pytest.MonkeyPatch.context() as owner:
        owner.setenv(VARIABLE, KEY)
        state = decode(bytearray(path.read_bytes()))
    assert state is not None
    zero = {name: torch.zeros_like(value) for name, value in state.tensors.items()}
    path.write_bytes(b"".join(encode(State(zero, state.history, state.best))))
    assert decode(bytearray(path.read_bytes())) is not None
    return True


def test_what_others_plant_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space_file(tmp_path, SPACE)
    first = command(tmp_path, "launch", "space.yaml", "--serial", "--yes")
    assert first.returncode == 0, first.stderr
    before, home = report(tmp_path), tmp_path / "home"
    assert forge(home, monkeypatch) > 5

    again = command(tmp_path, "launch", "space.yaml", "--serial", "--yes")
    assert again.returncode == 0, again.stderr
    assert "not signed with this home's key" in again.stderr
    assert report(tmp_path) == before

    told = [first.stdout, first.stderr, again.stdout, again.stderr]
    assert not any(KEY in text for text in told)
    assert [path for path in home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()] == []

    lacks = command(tmp_path, "launch", "space.yaml", "--serial", "--yes", key="another key, as long as that")
    assert lacks.returncode == 2
    assert "SAT_SWEEP_HOME_KEY" in lacks.stderr
    assert "Traceback" not in lacks.stderr
    short = command(tmp_path, "list", key="short")
    assert (short.returncode, short.stdout) == (2, "")
    assert "fewer than 16 letters" in short.stderr
