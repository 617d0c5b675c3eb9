"""Sweep homes to be mirrored, and what MLflow then shows, as plain data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from sat_sweep.home import Home, Result, SweepHome

METHODS = ("ce", "sat+reset")
SEEDS = 2


def result(method: str, stage: str, number: int, **changes: Any) -> Result:
    epochs = changes.pop("epochs", 5)
    values: dict[str, Any] = {
        "sweep": "toy", "study": f"{method}/symmetric-0.4", "method": method, "noise": "symmetric-0.4",
        "rate": 0.4, "stage": stage, "number": number, "seed": number, "state": "complete",
        "reason": None, "value": 0.5,
        "values": {"sat.momentum": 0.9}, "error_rate": 0.41, "transition": None,
        "spec": {"method": method, "parameters": {"sat.momentum": 0.9},
                 "training": {"optimizer": {"lr": 0.1}}},
        "history": [{"epoch": e, "signature": "", "acts": False, "diverged": None,
                     "metrics": {"train/loss": 1 / e, "val/noisy_accuracy": e / 10}}
                    for e in range(1, epochs + 1)],
        "epochs_trained": epochs, "started": 1000.0 + number, "ended": 1010.0 + number,
        "versions": {"torch": "2.13.0"},
    }
    return Result(**{**values, **changes})


def home(place: Path, name: str = "toy", searched: int = 3, confirmed: int = SEEDS) -> SweepHome:
    """Two studies; of the search trials one is pruned and one failed."""
    sweep = Home(str(place)).sweep(name)
    sweep.update(
        name=name, state="running", created=900.0, versions={"commit": "c0ffee"},
        space={"confirm": {"seeds": SEEDS}},
        studies=[{"key": f"{method}/symmetric-0.4", "method": method, "noise": "symmetric-0.4", "rate": 0.4,
                  "trials": 3} for method in METHODS])
    states = {1: {"state": "pruned", "epochs": 2}, 2: {"state": "failed", "reason": "epoch 5: not finite"}}
    for method in METHODS:
        for number in range(searched):
            sweep.add_result(result(method, "search", number, **states.get(number, {})))
        for number in range(confirmed):
            sweep.add_result(result(method, "confirm", number, value=None))
    return sweep


def report_files(folder: Path, momentum: float = 0.9) -> Path:
    """A report folder as the report room writes it."""
    numbers = {"mean": 0.9, "std": 0.01, "ci95": [0.88, 0.92]}
    rows = [{"method": method, "noise": "symmetric-0.4", "rate": 0.4, "error_rate": 0.41, "seeds": 2, "last": numbers,
             "best": {"mean": None, "std": None, "ci95": None}, "settings": {"sat.momentum": momentum}}
            for method in METHODS]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text("**sat+reset lies above ce**\n")
    (folder / "report.json").write_text(json.dumps({"sweep": "toy", "rows": rows}))
    (folder / "report.html").write_text("<!doctype html>")
    return folder


def shown(client: Any, experiment: str) -> dict[str, dict[str, Any]]:
    """Everything MLflow has of an experiment, by run name; parents by name instead of by their chance ids."""
    (known,) = [found for found in client.search_experiments() if found.name == experiment]
    runs = client.search_runs([known.experiment_id])
    names = {run.info.run_id: run.info.run_name for run in runs}
    assert len(set(names.values())) == len(names), "a run is doubled"
    return {run.info.run_name: _shown(client, run, names) for run in runs}


def _shown(client: Any, run: Any, names: dict[str, str]) -> dict[str, Any]:
    tags = dict(run.data.tags)
    histories = {}
    for name in run.data.metrics:
        points = client.get_metric_history(run.info.run_id, name)
        histories[name] = [(point.step, point.value, point.timestamp) for point in points]
    assert not any(math.isnan(value) for points in histories.values() for _, value, _ in points)
    return {"parent": names.get(tags.pop("mlflow.parentRunId", "")), "status": run.info.status, "tags": tags,
            "parameters": dict(run.data.params), "metrics": histories, "started": run.info.start_time,
            "ended": run.info.end_time}


def close_databases() -> None:
    """MLflow keeps every database open that a process has seen, also where another file has its place now."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    for engine in SqlAlchemyStore._engine_map.values():
        engine.dispose()
