"""Logs one exported model to MLflow: `python -m sat_sweep.tracking.model_process`.

Reads its task, `{"home", "sweep", "uri", "folder", "study", "name", "registered_as"}`, as JSON from standard input,
where other users of the machine cannot read it. Exit status 1 and a last line on standard error tell why MLflow lacks
the model.

MLflow loads the model by `predict.py` of the folder, as a Python function with a signature; nothing is pickled.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sat_sweep.home import Home, expanded
from sat_sweep.home.databases import opening
from sat_sweep.tracking.experiment import experiment_of
from sat_sweep.tracking.process import one_line
from sat_sweep.tracking.runs import Runs

MODEL, CODE = "model", "predict"
"""What the model is called within its run, and the module in its folder that loads it."""
NEEDED = ("torch", "numpy", "safetensors")


def log(task: dict[str, Any]) -> None:
    """Log the model in a run of its own, below that of its study. Whatever MLflow raises is raised."""
    import mlflow

    uri, sweep, folder = expanded(task["uri"]), Home(task["home"]).sweep(task["sweep"]), Path(task["folder"])
    mlflow.set_tracking_uri(uri)
    with opening(uri, filled_last="experiments"):
        client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = experiment_of(client, uri, sweep)
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    run = client.create_run(experiment, run_name=task["name"], tags=_tags(task, Runs(client, experiment)))
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_metric("accuracy", about["accuracy"]["of_this_model"]["accuracy"])
        _log_model(mlflow, task, folder, about)


def _tags(task: dict[str, Any], runs: Runs) -> dict[str, str]:
    parent = runs.id_of(task["study"])
    return {"sat_sweep.kind": "model", "sat_sweep.study": task["study"], "sat_sweep.sweep": task["sweep"],
            **({"mlflow.parentRunId": parent} if parent else {})}


def _log_model(mlflow: Any, task: dict[str, Any], folder: Path, about: dict[str, Any]) -> None:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    shape = tuple(about["input"]["shape"])
    signature = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, *shape))]),
                               Schema([TensorSpec(np.dtype("float32"), (-1, len(about["classes"])))]))
    mlflow.pyfunc.log_model(
        name=MODEL, loader_module=CODE, data_path=str(folder), code_paths=[str(folder / f"{CODE}.py")],
        signature=signature, input_example=np.zeros((1, *shape), np.float32),
        pip_requirements=[f"{package}=={version(package).partition('+')[0]}" for package in NEEDED],
        registered_model_name=task["registered_as"])


def main() -> int:
    """Log the model that standard input names."""
    os.environ.pop("MLFLOW_RUN_ID", None)  # it would win over the run that is made here
    try:
        log(json.load(sys.stdin))
    except Exception as error:
        print(one_line(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)
