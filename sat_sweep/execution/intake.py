"""What workers say, passed on to the queue: the same for every backend."""

from __future__ import annotations

from collections import Counter

from sat_sweep.execution.failures import RETRIES
from sat_sweep.execution.messages import ProgressMessage
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue


class Intake:
    """Takes in the messages of jobs, and counts how often the machine has ended one."""

    def __init__(self, queue: JobQueue) -> None:
        self.queue = queue
        self._errors: dict[str, str] = {}
        self._losses: Counter[str] = Counter()
        self._store_failed = False

    def take(self, job: Job, message: ProgressMessage) -> bool:
        """Pass a message on; True if the worker is to leave the job."""
        job.started, job.ended = message.started, message.until
        if message.facts is not None:
            job.facts = message.facts
        if message.error is not None:
            self._errors[job.name] = message.error
        if message.store_problem is not None and not self._store_failed:
            self._store_failed = True  # most likely every trial will say so; once is enough
            self.queue.on_warning(message.store_problem)
        complete = self.queue.report(job, message.records)
        return complete or message.finished or self.queue.stopping

    def lost(self, job: Job) -> None:
        """The machine has ended `job`, or its worker is gone: nobody is working on it."""
        self._losses[job.name] += 1
        job.started = job.ended = None

    def close(self, job: Job, words: str = "") -> None:
        """No worker has `job` any more: end it with a result, or give it back.

        `words` are the last that were heard of one that was lost. One that was interrupted is given back and goes on
        where the trajectory store is; one that the machine has ended RETRIES times and once more is left to a later
        run, here or elsewhere.
        """
        error = self._errors.pop(job.name, None)
        if error is not None or job.complete:
            self._losses.pop(job.name, None)
            self.queue.finish(job, error)
        elif self._losses[job.name] > RETRIES:
            self.queue.set_aside(job, f"ended {self._losses[job.name]} times by the machine: {words}")
        else:
            self.queue.give_back(job)
