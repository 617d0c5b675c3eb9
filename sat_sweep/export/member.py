"""A trial trained to its end again: what it predicts, and how sure it may be."""

from __future__ import annotations

from typing import NamedTuple

from sat_sweep.errors import UserError
from sat_sweep.export.calibration import fitted_temperature
from sat_sweep.export.probabilities import Probabilities
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import EVALUATION_BATCH, of_classes
from sat_sweep.training import TrajectoryStore, TrialSpec
from sat_sweep.training.loop import Trial, final_run
from sat_sweep.training.run import TrainingRun

GIVEN = "noisy validation labels as given: probabilities are those of given labels, wrong ones included"
CORRECTED = "noisy validation labels, corrected by the known noise: probabilities are those of true labels"


class Calibration(NamedTuple):
    """What logits are divided by, and what that was fitted to, in words; None where it was fitted to nothing."""

    temperature: float = 1.0
    fitted_to: str | None = None


class Member(NamedTuple):
    """A finished trial as a module, and the calibration in it."""

    trial: Trial
    module: Probabilities
    calibration: Calibration


def trained(spec: TrialSpec, store: TrajectoryStore, *, best: bool, calibration: Calibration | None = None) -> Member:
    """The trial of `spec`, trained from the deepest state in `store` on; `best` takes its best weights, else the last.

    It is calibrated on its own validation part unless a `calibration` is given. Raises UserError if it breaks down.
    """
    trial = Trial(spec)
    run = final_run(trial, store)
    if reason := run.history[-1].diverged:
        raise UserError(f"{spec.method} with seed {spec.seed} breaks down: {reason}; there is no model to export")
    if best:
        run.restore(run.best, with_optimizer=False)
    known = calibration or _calibrated(trial, run)
    return Member(trial, Probabilities(run, trial.data, known.temperature), known)


def _calibrated(trial: Trial, run: TrainingRun) -> Calibration:
    part, transition = run.data.validation, trial.data.transition
    if part is None:
        return Calibration()
    run.evaluating()
    with torch.inference_mode():
        logits = torch.cat([trial.method.predict(run, batch) for batch in part.inputs.split(EVALUATION_BATCH)])
    found = fitted_temperature(of_classes(logits, run.classes), part.labels, transition)
    return Calibration(found, GIVEN if transition is None else CORRECTED)
