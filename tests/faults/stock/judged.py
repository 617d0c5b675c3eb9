"""What a round of the Ray Tune program has come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.faults.stock.experiment import outcomes
from tests.faults.stock.program import NAME
from tests.faults.stock.round import StockRound
from tests.tracking.mirrored_home import close_databases

Reference = Mapping[str, Mapping[int, float]]
"""The accuracies of the undisturbed run, by trial and epoch."""


def judged(this: StockRound, reference: Reference) -> dict[str, Any]:
    """All that can be counted after `this` round."""
    return {"launches": [launch.status for launch in this.launches], "beside": [one.status for one in this.beside],
            "done": this.launches[-1].status == 0, **_trials(this, reference), **_again(this),
            "MLflow": _runs(this.tracking),
            "tracebacks": sum("Traceback" in launch.said for launch in [*this.launches, *this.beside]),
            **_left(this)}


def _trials(this: StockRound, reference: Reference) -> dict[str, int]:
    known = outcomes(Path(this.experiment))
    whole = [trial for trial in known if trial.whole]
    names = Counter(trial.name for trial in whole)
    return {"lost": len(reference.keys() - names.keys()), "doubled": sum(count - 1 for count in names.values()),
            "unfinished": sum(not trial.whole for trial in known), "others": len(names.keys() - reference.keys()),
            "unequal": sum(trial.accuracies != reference.get(trial.name, trial.accuracies) for trial in whole)}


def _again(this: StockRound) -> dict[str, int]:
    """Epochs that were trained more than once, and those among them of which there was a checkpoint at a relaunch."""
    trained = this.trained_epochs()
    stored: set[str] = set()
    for before, known in this.known_at_relaunch:
        stored |= set(trained[before:]) & known & set(trained[:before])
    return {"trained_again": len(trained) - len(set(trained)), "though_stored": len(stored)}


def _runs(tracking: str) -> dict[str, int] | str:
    """How many runs MLflow has in each state."""
    from mlflow import MlflowClient

    try:
        client = MlflowClient(tracking_uri=tracking)
        experiment = client.get_experiment_by_name(NAME)
        runs = client.search_runs([experiment.experiment_id], max_results=1000) if experiment else []
        return dict(Counter(run.info.status for run in runs))
    except Exception as error:  # whatever state the round has left it in
        return f"cannot be read: {error}"[:200]
    finally:
        close_databases()


def _left(this: StockRound) -> dict[str, Any]:
    """Processes, sessions of Ray and other temporary files."""
    processes = this.strays(patience=90)
    sessions = [path for path in (this.temporary / "ray").glob("session_2*") if path.is_dir()]
    others = [path.name for path in this.temporary.iterdir() if path.name != "ray"]
    return {"processes_left": len(processes), "which": [line[:80] for line in processes][:5],
            "sessions_left": len(sessions), "temporary_left": len(others)}
