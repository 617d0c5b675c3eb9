"""An exported model into MLflow, by a process of its own: MLflow is imported there, and cannot spoil the export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from sat_sweep.home import redacted
from sat_sweep.tracking.reader import ENVIRONMENT

PLAIN = {"MLFLOW_UV_AUTO_DETECT": "false"}
"""The project in whose folder somebody exports a model is no part of it."""
COMMAND = [sys.executable, "-m", "sat_sweep.tracking.model_process"]
PATIENCE = 300.0
"""Seconds that logging a model may take."""


class ExportedModel(NamedTuple):
    """A model in `folder`, of the study `study`, to be logged as a run `name`, and registered where it is to be."""

    folder: Path
    study: str
    name: str
    registered_as: str | None = None


def log_model(home: str, sweep: str, uri: str, model: ExportedModel) -> str | None:
    """Log `model` to the MLflow at `uri`, in the experiment of `sweep` in `home`; why that failed, None if not."""
    task = {"home": home, "sweep": sweep, "uri": uri, **model._asdict(), "folder": str(model.folder.absolute())}
    try:
        done = subprocess.run(COMMAND, input=json.dumps(task), capture_output=True, text=True, timeout=PATIENCE,
                              env={**os.environ, **ENVIRONMENT, **PLAIN})
    except subprocess.TimeoutExpired:
        return f"it took longer than {PATIENCE:g} s"
    if done.returncode == 0:
        return None
    return redacted((done.stderr.strip().splitlines() or [f"the process ended with status {done.returncode}"])[-1])
