"""A trial trained to its end again: what it predicts, and how sure it may be."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from sat_sweep.errors import UserError
from sat_sweep.export.calibration import fitted_temperature
from sat_sweep.export.probabilities import Probabilities
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import EVALUATION_BATCH, of_classes
from sat_sweep.training import EpochRecord, TrajectoryStore
from sat_sweep.training.loop import Trial, final_run
from sat_sweep.training.run import TrainingRun

SECONDS = 10.0
"""Between two messages while training."""
GIVEN = "noisy validation labels as given: probabilities are those of given labels, wrong ones included"
CORRECTED = "noisy validation labels, corrected by the known noise: probabilities are those of true labels"


class Calibration(NamedTuple):
    """What logits are divided by, and what that was fitted to, in words; None where it was fitted to nothing."""

    temperature: float = 1.0
    fitted_to: str | None = None


class Finished(NamedTuple):
    """A finished trial as a module, and the calibration in it."""

    trial: Trial
    module: Probabilities
    calibration: Calibration


def trained(trial: Trial, store: TrajectoryStore, say: Callable[[str], None], *, best: bool,
            calibration: Calibration | None = None) -> Finished:
    """`trial`, trained from the deepest state in `store` on; `best` takes its best weights, else the last.

    It is calibrated on its own validation part unless a `calibration` is given; `say` is told how far training is.
    Raises UserError if it breaks down.
    """
    run, seed = final_run(trial, store, _progress(trial, say)), trial.spec.seed
    if reason := run.history[-1].diverged:
        raise UserError(f"{trial.spec.method} with seed {seed} breaks down: {reason}; there is no model to export")
    if best:
        run.restore(run.best, with_optimizer=False)
    known = calibration or _calibrated(trial, run)
    return Finished(trial, Probabilities(run, trial.data, known.temperature), known)


def _progress(trial: Trial, say: Callable[[str], None]) -> Callable[[EpochRecord], None]:
    """Every few seconds: nobody is to wonder whether training goes on."""
    last = time.monotonic()

    def told(record: EpochRecord) -> None:
        nonlocal last
        if time.monotonic() - last > SECONDS:
            last = time.monotonic()
            say(f"seed {trial.spec.seed}: epoch {record.epoch} of {trial.spec.training.epochs}")

    return told


def _calibrated(trial: Trial, run: TrainingRun) -> Calibration:
    part, transition = run.data.validation, trial.data.transition
    if part is None:
        return Calibration()
    run.evaluating()
    with torch.inference_mode():
        logits = torch.cat([trial.method.predict(run, batch) for batch in part.inputs.split(EVALUATION_BATCH)])
    found = fitted_temperature(of_classes(logits, run.classes), part.labels, transition)
    return Calibration(found, GIVEN if transition is None else CORRECTED)
