"""Trials that only take time, by a clock that is made up as well: for tests and benchmarks of everything else."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence

from sat_sweep.config.plan import Plan
from sat_sweep.data import DataCache
from sat_sweep.execution.backend import Abandoned
from sat_sweep.execution.intake import Intake
from sat_sweep.execution.messages import ProgressMessage
from sat_sweep.execution.stores import StorePlaces
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue
from sat_sweep.training.record import EpochRecord


class SimulatedBackend:
    """So many `workers`, for which `training` makes up the records of a job; see Backend.

    There are no more of them than the file lets trials run at a time.
    A group of epochs takes what `seconds` says of its records, and is reported together. What comes first by that
    clock is taken in first, so `seconds` decides the order in which workers are heard.
    """

    def __init__(self, workers: int, training: Callable[[Job], Sequence[EpochRecord]],
                 seconds: Callable[[Sequence[EpochRecord]], float] = len, group: int = 7) -> None:
        self.workers, self.training, self.seconds, self.group = workers, training, seconds, group
        self.now = 0.0

    def prepare(self, plan: Plan) -> None:
        """There is nothing to begin with."""

    def run(self, queue: JobQueue, data: DataCache | None = None, places: StorePlaces | None = None) -> None:
        """Run jobs; neither data nor stores are looked at."""
        queue.workers = min(self.workers, queue.plan.space.resources.max_concurrent or self.workers)
        intake, order = Intake(queue), itertools.count()
        running: list[tuple[float, int, Job, ProgressMessage, Iterator[ProgressMessage]]] = []

        def listen(job: Job, worker: Iterator[ProgressMessage]) -> None:
            """Wait for what `worker` says next."""
            message = next(worker)
            heapq.heappush(running, (message.until, next(order), job, message, worker))

        while not queue.over:
            while len(running) < queue.workers and (job := queue.next_job()) is not None:
                listen(job, self._worker(job))
            if not running:  # what was to come had ended before
                continue
            self.now, _, job, message, worker = heapq.heappop(running)
            if intake.take(job, message):
                intake.close(job)
            else:
                listen(job, worker)

    def _worker(self, job: Job) -> Iterator[ProgressMessage]:
        started = until = self.now
        yield ProgressMessage(started, until)
        records = self.training(job)
        for place in range(0, len(records), self.group):
            part = tuple(records[place:place + self.group])
            until += self.seconds(part)
            yield ProgressMessage(started, until, part, finished=place + self.group >= len(records))

    def leave(self) -> None:
        """Nothing is ever waited for."""
        raise Abandoned

    def broken(self) -> str:
        """Nothing breaks."""
        return ""

    def close(self) -> None:
        """There is nothing to let go of."""
