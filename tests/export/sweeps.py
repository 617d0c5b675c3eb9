"""Small finished sweeps, and the Python of somebody who has torch, numpy and safetensors alone."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.data import load
from sat_sweep.data.sources.digits import Digits
from sat_sweep.home import Home
from sat_sweep.report import build_report

DIGITS = Digits(subset=300)
SPACE = """\
name: small
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [{methods}]
model: {model}
training: {{epochs: {epochs}, batch_size: 32, optimizer: {{name: sgd, lr: {lr}}}}}
search: {{trials: 1, pruner: none, select: {select}}}
confirm: {{seeds: 2}}
"""


def command(*words: Any) -> Any:
    """A command of ours, in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def finished(folder: Path, methods: str, model: str, *, epochs: int = 3, lr: float = 0.1, select: str = "last") -> str:
    """The home in which the sweep `small` is finished."""
    file, home = folder / "space.yaml", str(folder / "home")
    file.write_text(SPACE.format(methods=methods, model=model, epochs=epochs, lr=lr, select=select))
    done = command("launch", file, "--home", home, "--serial", "--yes")
    assert done.exit_code == 0, done.output
    return home


def reported(home: str, method: str, seed: int, epoch: str = "last") -> float:
    """The test accuracy of a seed in the report."""
    report = build_report(Home(home).existing("small"))
    row = next(row for row in report.rows if row.method == method)
    return row.measured(epoch).by_seed[seed]  # type: ignore[arg-type]


def tested_digits(folder: Path) -> tuple[Path, np.ndarray]:
    """The digits that are tested on, as a file of arrays, and their labels."""
    data, path = load(DIGITS), folder / "digits.npz"
    np.savez(path, x=data.test_images.numpy())
    return path, data.test_labels.numpy()


def bare_python(folder: Path) -> dict[str, str]:
    """The environment of a Python, started with -S, that finds torch, numpy, safetensors and what these need alone."""
    known = packages_distributions()
    wanted, waiting = set(), ["torch", "numpy", "safetensors"]
    while waiting:
        name = re.split(r"[^\w.-]", waiting.pop())[0].lower().replace("_", "-")
        if name not in wanted and name in installed(known):
            wanted.add(name)
            waiting += [need for need in distribution(name).requires or () if "extra ==" not in need]
    for module, owners in known.items():
        if wanted & {owner.lower().replace("_", "-") for owner in owners}:
            link(module, folder)
    return {"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]}


def installed(known: Any) -> set[str]:
    return {owner.lower().replace("_", "-") for owners in known.values() for owner in owners}


def link(module: str, folder: Path) -> None:
    """Only what lies in the site packages: a module of a distribution may be anything."""
    site = Path(np.__file__).parents[1]
    for found in (site / module, site / f"{module}.py", site / f"{module}.libs", *site.glob(f"{module}.*.so")):
        if found.exists() and not (folder / found.name).exists():
            (folder / found.name).symlink_to(found)


def labels_by_bare_python(model: Path, data: Path, environment: dict[str, str]) -> np.ndarray:
    """What the `predict.py` of an exported folder answers there, of classes that are numbers."""
    return classes_by_bare_python(model, data, environment).astype(int)


def classes_by_bare_python(model: Path, data: Path, environment: dict[str, str]) -> np.ndarray:
    """The names of the classes that it answers."""
    out = model.parent / f"{model.name}.csv"
    done = subprocess.run([sys.executable, "-S", str(model / "predict.py"), str(data), "--out", str(out)],
                          env=environment, cwd=model.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with out.open() as file:
        return np.array([row["label"] for row in csv.DictReader(file)])


def exported(folder: Path, epochs: int) -> Path:
    """The model of a sweep of `ce` on a small perceptron, trained for so many `epochs`, in `folder`."""
    home = finished(folder, "ce", "{name: mlp, width: 16}", epochs=epochs)
    out = folder / "model"
    assert command("export", "small", "--home", home, "--out", out).exit_code == 0
    return out
