"""A job: one trial that is to be run, is being run, or has just ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sat_sweep.home import trial_name
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.audience import NOBODY, Audience

Stage = Literal["search", "confirm"]


@dataclass
class Job:
    """One trial, with what is known of it so far, and who else wants the states of its beginning.

    `started` and `ended` are seconds since 1970 by the clock of the worker that has it: None until it says so, so a
    job that was issued and has not started is queued. `alone` says that it must share no device with others.
    """

    study: str
    stage: Stage
    number: int
    values: dict[str, Any]
    spec: TrialSpec
    audience: Audience = NOBODY
    history: list[EpochRecord] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    pruned: bool = False
    alone: bool = False
    started: float | None = None
    ended: float | None = None

    @property
    def name(self) -> str:
        """The trial's name within its sweep."""
        return trial_name(self.study, self.stage, self.number)

    @property
    def complete(self) -> bool:
        """Whether no further epoch of it counts: the last is there, or it was pruned or diverged."""
        last = self.history[-1] if self.history else None
        return self.pruned or (last is not None and (last.epoch == self.spec.training.epochs or bool(last.diverged)))
