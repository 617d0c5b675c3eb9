"""What runs where a trial is trained, whatever the backend: about a second of epochs, a message, and so on."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator

from sat_sweep.data import DataCache
from sat_sweep.execution.epoch_limit import EpochLimit
from sat_sweep.execution.failures import is_of_the_machine, sentence
from sat_sweep.execution.messages import JobMessage, ProgressMessage
from sat_sweep.execution.stores import Stores
from sat_sweep.home.steady_clock import SteadyClock
from sat_sweep.training import EpochRecord
from sat_sweep.training.facts import facts
from sat_sweep.training.loop import Trial, records

REPORT_SECONDS = 1.0
"""A message comes with the first epoch that ends after so long; epochs that take longer have one each."""
URGENT_SECONDS = 0.25
"""The same while others may be waiting for a trial's states, and when it may be pruned."""


class Worker:
    """One trial in this process, on `data` if they are here already.

    `problem` is why there are no `stores`, if that is to be told; `limit` watches how long epochs take.
    """

    def __init__(self, job: JobMessage, stores: Stores, data: DataCache,
                 problem: str | None = None, limit: EpochLimit | None = None) -> None:
        self._job, self._now = job, SteadyClock()
        self._started = self._now()
        self._until, self._announced, self._finished = self._started, False, False
        self._trial = Trial(job.spec, data.get(job.spec.dataset), evidence=stores.evidence)
        self._trial.store_problem = problem
        made = records(self._trial, stores.trajectories, job.audience)
        self._records: Iterator[EpochRecord] = limit.watched(made) if limit else made

    @property
    def finished(self) -> bool:
        """Whether no further epoch comes."""
        return self._finished

    def work(self) -> ProgressMessage:
        """Train for about a second and tell; the first time, tell at once that the trial has started.

        Whatever the trial itself does wrong is an answer. What the machine does (see `failures`) is raised: another
        machine, or another process on this one, may well be able to run the trial.
        """
        if not self._announced:
            self._announced = True
            return self._message([])
        batch: list[EpochRecord] = []
        try:
            self._finished = self._finished or self._advance(batch)
            return self._message(batch)
        except Exception as error:
            if is_of_the_machine(error):
                raise
            traceback.print_exc()
            self._finished, self._records = True, iter(())
            return self._message(batch, sentence(error))

    def _message(self, batch: list[EpochRecord], error: str | None = None) -> ProgressMessage:
        if batch or error:
            self._until = self._now()
        known = facts(self._trial) if batch else None
        return ProgressMessage(self._started, self._until, tuple(batch), known, self._finished, error,
                               self._trial.store_problem)

    def _advance(self, batch: list[EpochRecord]) -> bool:
        """Whether the trial is over."""
        began, urgent = time.monotonic(), False
        for record in self._records:
            batch.append(record)
            urgent |= self._is_awaited(record)
            if time.monotonic() - began >= (URGENT_SECONDS if urgent else REPORT_SECONDS):
                return False
        return True

    def _is_awaited(self, record: EpochRecord) -> bool:
        """Whether others may start from here, or the pruner wants to know."""
        return record.trained and (not record.acts or record.epoch in self._job.audience.may_end)
