"""`run`: one trial in this process, without Ray, Optuna or MLflow: the debugging door."""

from __future__ import annotations

import json
from pathlib import Path

from sat_sweep.commands.output import say, show
from sat_sweep.errors import ExitStatus, UserError
from sat_sweep.training import EpochRecord, TrajectoryStore, TrialSpec, epochs


def run(file: Path, home: str | None, as_json: bool) -> int:
    """Train the trial in `file` and print a line per epoch; with `home` its trajectory store is used."""
    from sat_sweep.config.loader import load_trial

    spec = load_trial(file)
    check_device(spec)
    reason = None
    for record in epochs(spec, _store(home)):
        show(json.dumps(record.to_json()) if as_json else _line(record))
        reason = record.diverged
    if reason is None:
        return ExitStatus.DONE
    say(f"the trial ended early: {reason}")
    return ExitStatus.INCOMPLETE


def check_device(spec: TrialSpec) -> None:
    """Raise UserError if `spec` is for a GPU and this machine has none."""
    import torch

    if spec.device == "cuda" and not torch.cuda.is_available():
        raise UserError("the trial is for a GPU, and there is none here; write `device: cpu` to run it anyway")


def _store(home: str | None) -> TrajectoryStore | None:
    from sat_sweep.home import Home

    return TrajectoryStore(Home(home).trajectories) if home else None


def _line(record: EpochRecord) -> str:
    """`epoch   3  train/loss 1.2345  val/noisy_accuracy 0.6111`; a star where nothing was trained anew."""
    metrics = "  ".join(f"{name} {value:.4f}" for name, value in record.metrics.items())
    return f"epoch {record.epoch:3d}{' ' if record.trained else '*'} {metrics}"
