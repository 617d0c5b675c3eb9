"""What a command loads, each in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.cli.making import made, result, spec

HEAVY = ["torch", "ray", "optuna", "mlflow", "pydantic", "torchvision", "pyarrow", "sklearn", "scipy", "matplotlib",
         "numpy", "pandas", "yaml", "rich"]
SCRIPT = """
import json, sys
from typer.testing import CliRunner
from sat_sweep.cli import app
heavy, calls = json.loads(sys.argv[1])
for call in calls:
    answer = CliRunner().invoke(app, call)
    assert answer.exit_code == 0, answer.output
print(json.dumps([name for name in heavy if name in sys.modules]))
"""


def loaded(names: list[str], *calls: list[str]) -> list[str]:
    """Which of `names` are loaded after the commands."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, json.dumps([names, calls])], capture_output=True, text=True,
                          env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_help_loads_nothing_heavy():
    assert loaded(HEAVY, ["--help"], ["--version"]) == []


def test_help_of_a_command_loads_nothing_but_what_typer_reads_options_with():
    calls = [[command, "--help"] for command in ("launch", "plan", "run", "best", "schema")]
    assert set(loaded(HEAVY, *calls)) <= {"pydantic"}


def test_looking_at_a_sweep_loads_neither_torch_nor_the_service(monkeypatch, tmp_path):
    monkeypatch.setenv("SAT_SWEEP_HOME", str(tmp_path))
    made(result("ce", 0.4, 0, 0.5))
    calls = [["list"], ["status", "made"], ["logs", "made"], ["stop", "made"], ["best", "made", "--noise", "0.4"],
             ["report", "made"]]
    assert loaded(["torch", "ray", "optuna", "mlflow"], *calls) == []


def test_a_trial_runs_without_the_service(tmp_path: Path):
    draw = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", x_train=draw.random((60, 4), dtype=np.float32), y_train=np.arange(60) % 3)
    file = tmp_path / "trial.json"
    file.write_text(json.dumps(spec("sat", dataset={"name": "npz", "path": "data.npz"})))
    assert set(loaded(HEAVY, ["run", str(file)])) == {"torch", "numpy", "pydantic", "yaml"}
