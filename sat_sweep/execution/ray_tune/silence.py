"""Workers that say nothing any more: stopped, or busy with native code that lets no other thread of theirs run.

A worker ends itself when an epoch takes too long (`epoch_limit.py`). The driver counts as well, and somewhat longer: it
has Ray kill a worker that could not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sat_sweep.execution.epoch_limit import SPARE, TICK, Allowance, exceeded
from sat_sweep.training import EpochRecord


@dataclass
class _Heard:
    allowance: Allowance = field(default_factory=Allowance)
    ticks: int = 0
    """Since it was heard last."""
    words: str = ""
    """What is to be said of it, once it is overdue."""


class Silence:
    """For how long nothing has been heard of each Ray trial that has started; `now` is a clock that nobody sets.

    Ticks are counted instead of seconds, as in the workers: a driver that was stopped, or busy, has not listened.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._looked = now, now()
        self._trials: dict[str, _Heard] = {}

    def heard(self, trial: str, records: Iterable[EpochRecord]) -> None:
        """A message of a trial with these further epochs is here; its next epoch begins."""
        known = self._trials.setdefault(trial, _Heard())
        known.ticks = 0
        for record in records:
            known.allowance.note(record)

    def overdue(self) -> list[str]:
        """Trials of which an epoch has not ended in time, nor has their worker; each is told once."""
        if self._now() - self._looked < TICK:
            return []
        self._looked = self._now()
        found = []
        for trial, known in self._trials.items():
            known.ticks += 1
            if not known.words and known.ticks * TICK > known.allowance.seconds + SPARE:
                known.words = exceeded(known.allowance.seconds)
                found.append(trial)
        return found

    def forget(self, trial: str) -> str:
        """Nothing more is expected of a trial; what there is to say of it, "" if it was not overdue."""
        known = self._trials.pop(trial, None)
        return known.words if known else ""
