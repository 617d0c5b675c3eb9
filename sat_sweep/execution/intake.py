"""What workers say, passed on to the queue: the same for every backend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sat_sweep.execution.epoch_limit import TRIES, WORDS
from sat_sweep.execution.failures import RETRIES, is_out_of_gpu_memory
from sat_sweep.execution.messages import ProgressMessage
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue


class Intake:
    """Takes in the messages of jobs, and counts how often the machine has ended one.

    `is_there` tells whether a node still lives: what one took along when it went is no failure of anything.
    """

    def __init__(self, queue: JobQueue, is_there: Callable[[str], bool] = lambda node: True) -> None:
        self.queue, self._is_there = queue, is_there
        self._errors: dict[str, str] = {}
        self._losses: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """The node and the last words of each."""
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
        return complete or message.finished or self.queue.stopping or not self.queue.wants(job)

    def lost(self, job: Job, words: str, node: str = "") -> None:
        """The machine has ended `job`, or its worker is gone: nobody is working on it.

        `words` are the last that were heard of it, `node` is where it was, "" if nobody knows. Out of a GPU's memory
        it is to be tried alone; if it was, that is its own failure. So is an epoch that does not end, twice.
        """
        job.started = job.ended = None
        if not is_out_of_gpu_memory(words):
            self._losses[job.name].append((node, words))
            if sum(said.startswith(WORDS) for _, said in self._losses[job.name]) >= TRIES:
                self._errors[job.name] = words
        elif job.alone:
            self._errors[job.name] = words
        else:
            job.alone = True

    def close(self, job: Job) -> None:
        """No worker has `job` any more: end it with a result, or give it back.

        One that was interrupted is given back and goes on where the trajectory store is; one that the machine has
        ended RETRIES times and once more, not counting nodes that are gone, is left to a later run, here or elsewhere.
        """
        error, losses = self._errors.pop(job.name, None), self._losses[job.name]
        if error is not None or job.complete:
            del self._losses[job.name]
            self.queue.finish(job, error)
        elif len(losses) > RETRIES and len(counted := self._counted(losses)) > RETRIES:
            self.queue.set_aside(job, f"ended {len(counted)} times by the machine: {counted[-1]}")
        else:
            self.queue.give_back(job)

    def _counted(self, losses: list[tuple[str, str]]) -> list[str]:
        """The words of those losses that are not a node's: one that is dying may be so only a moment later."""
        return [words for node, words in losses if self._is_there(node)]
