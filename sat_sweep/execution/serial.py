"""One trial after another in this very process: for debugging and for small machines."""

from __future__ import annotations

from sat_sweep.config.plan import Plan
from sat_sweep.data import DataCache
from sat_sweep.execution.backend import Abandoned
from sat_sweep.execution.failures import is_of_the_machine, sentence
from sat_sweep.execution.intake import Intake
from sat_sweep.execution.messages import JobMessage
from sat_sweep.execution.stores import StorePlaces, Stores
from sat_sweep.execution.worker import Worker
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue


class SerialBackend:
    """A worker without a process of its own; see Backend."""

    def prepare(self, plan: Plan) -> None:
        """There is nothing to begin with."""

    def run(self, queue: JobQueue, data: DataCache, places: StorePlaces) -> None:
        """Run jobs one after the other."""
        stores, intake = places.opened(), Intake(queue)
        while (job := queue.next_job()) is not None:
            _run(job, intake, stores, data)
            intake.close(job)

    def leave(self) -> None:
        """The trial is in this thread too: leave it in the middle of its epoch."""
        raise Abandoned

    def broken(self) -> str:
        """What breaks it breaks this process."""
        return ""

    def close(self) -> None:
        """There is nothing to let go of."""


def _run(job: Job, intake: Intake, stores: Stores, data: DataCache) -> None:
    """Run `job` to its end or as far as the machine lets it."""
    try:
        worker = Worker(JobMessage.of(job), stores, data)
        while not intake.take(job, worker.work()):
            pass
    except Exception as error:
        if not is_of_the_machine(error):
            raise
        intake.lost(job, sentence(error))
