"""Whatever the umask, nothing that a command leaves is everybody's to write; what the user keeps private stays so."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.making import SPACE, space_file


def left_by(folder: Path, umask: int, *commands: str) -> dict[str, int]:
    """The permissions of all files and folders that the commands leave."""
    space_file(folder, f"{SPACE}tracking: {{uri: sqlite:///mlflow.db}}\n")
    for words in commands:
        done = subprocess.run([sys.executable, "-m", "sat_sweep", *words.split()], cwd=folder, umask=umask, text=True,
                              env={**os.environ, "SAT_SWEEP_HOME": str(folder / "home")}, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=300)
        assert done.returncode == 0, done.stderr
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")
            if path.name != "space.yaml" and not path.is_symlink()}


LAUNCH = "launch space.yaml --serial --yes"


@pytest.mark.slow
def test_with_a_umask_of_0_nothing_is_everybodys_to_write(tmp_path: Path) -> None:
    left = left_by(tmp_path, 0, LAUNCH, "export tiny --out model")
    assert {"home/studies.db", "mlflow.db", "home/tiny/sweep.json", "home/tiny/report/report.html",
            "model/predict.py"} <= set(left)
    assert {name: oct(mode) for name, mode in left.items() if mode & 0o002} == {}


@pytest.mark.slow
def test_what_the_user_keeps_private_stays_so(tmp_path: Path) -> None:
    left = left_by(tmp_path, 0o077, LAUNCH)
    assert {"home/studies.db", "mlflow.db", "home/tiny/status.json"} <= set(left)
    assert {name: oct(mode) for name, mode in left.items() if mode & 0o077} == {}
