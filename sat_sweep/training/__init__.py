"""Training of one trial with torch alone: no Ray, no Optuna, no MLflow."""

from sat_sweep.training.loop import epochs
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.spec import TrainingSpec, TrialSpec
from sat_sweep.training.trajectory.audience import Audience, Follower
from sat_sweep.training.trajectory.store import TrajectoryStore

__all__ = ["Audience", "EpochRecord", "Follower", "TrainingSpec", "TrajectoryStore", "TrialSpec", "epochs"]
