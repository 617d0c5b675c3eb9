"""With a umask of 0, as in some containers, nothing that a command leaves is everybody's to write."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.making import SPACE, space_file


@pytest.mark.slow
def test_nothing_that_is_left_is_everybodys_to_write(tmp_path: Path) -> None:
    space_file(tmp_path, f"{SPACE}tracking: {{uri: sqlite:///mlflow.db}}\n")
    for words in ("launch space.yaml --serial --yes", "export tiny --out model"):
        done = subprocess.run([sys.executable, "-m", "sat_sweep", *words.split()], cwd=tmp_path, umask=0, text=True,
                              env={**os.environ, "SAT_SWEEP_HOME": str(tmp_path / "home")}, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=300)
        assert done.returncode == 0, done.stderr
    left = {str(path.relative_to(tmp_path)): path.lstat().st_mode for path in tmp_path.rglob("*")
            if path.name != "space.yaml" and not path.is_symlink()}
    assert {"home/studies.db", "mlflow.db", "home/tiny/sweep.json", "home/tiny/report/report.html",
            "model/predict.py"} <= set(left)
    assert {name: oct(mode) for name, mode in left.items() if mode & stat.S_IWOTH} == {}
