"""Sweep homes with a few made-up results, and small space files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sat_sweep.home import Home, Result, SweepHome

SPACE = """\
name: tiny
dataset: {name: digits, subset: 300}
noise: {kind: symmetric, rates: [0.4]}
methods: [ce, sat]
model: {name: mlp, width: 32}
training: {epochs: 4, batch_size: 32}
search: {trials: 2, batch: 2, pruner: none}
confirm: {seeds: 2}
"""
LEVELS = (0.2, 0.4)
METHODS = ("ce", "sat")


def spec(method: str = "ce", **changes: Any) -> dict[str, Any]:
    """A trial as results have it."""
    return {
        "dataset": {"name": "digits", "subset": 300}, "method": method, "parameters": {},
        "noise": {"kind": "symmetric", "label": "symmetric-0.4", "rate": 0.4},
        "model": {"name": "mlp", "width": 32}, "training": {"epochs": 3, "batch_size": 32}, "seed": 0, **changes,
    }


def result(method: str, rate: float, number: int, value: float | None, **changes: Any) -> Result:
    """A search trial of three epochs."""
    history = [{"epoch": epoch, "metrics": {"val/noisy_accuracy": 0.5, "epoch_seconds": 0.25}, "signature": "",
                "acts": False, "diverged": None} for epoch in (1, 2, 3)]
    values = {
        "sweep": "made", "study": f"{method}/symmetric-{rate}", "method": method, "noise": f"symmetric-{rate}",
        "rate": rate, "stage": "search", "number": number, "seed": 0, "state": "complete", "reason": None,
        "value": value, "values": {}, "spec": spec(method), "error_rate": rate, "transition": None,
        "history": history, "epochs_trained": 3, "started": 1.0, "ended": 2.0,
    }
    return Result(**{**values, **changes})


def made(*results: Result, rates: tuple[float, ...] = LEVELS) -> SweepHome:
    """The sweep `made` in the home of the test."""
    sweep = Home(os.environ["SAT_SWEEP_HOME"]).sweep("made")
    studies = [{"key": f"{method}/symmetric-{rate}", "method": method, "noise": f"symmetric-{rate}", "rate": rate,
                "trials": 2} for rate in rates for method in METHODS]
    sweep.update(name="made", state="finished", studies=studies, space={"methods": list(METHODS)})
    for each in results:
        sweep.add_result(each)
    return sweep


def space_file(folder: Path, text: str = SPACE) -> Path:
    """A space file outside the folder that the command runs in."""
    path = folder / "space.yaml"
    path.write_text(text)
    return path
