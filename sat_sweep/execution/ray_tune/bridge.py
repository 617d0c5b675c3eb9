"""The queue as Ray Tune sees it, whose searcher asks it for jobs and whose scheduler obeys it (`scheduler.py`).

There is no callback: for its statistics of use, Ray Tune imports all libraries that it has callbacks for, MLflow among
them, as soon as it is given one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ray.tune.search import Searcher
from ray.tune.stopper import Stopper

from sat_sweep.execution.backend import Abandoned
from sat_sweep.execution.intake import Intake
from sat_sweep.execution.messages import JobMessage, ProgressMessage
from sat_sweep.execution.ray_tune.last_words import left
from sat_sweep.execution.ray_tune.silence import Silence
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.execution.ray_tune.trainable import ALONE
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue

if TYPE_CHECKING:
    from sat_sweep.execution.ray_tune.cluster import Cluster
    from sat_sweep.execution.ray_tune.quota import Quota


class TuneBridge:
    """Which Ray trial runs which job; `cluster` knows the nodes.

    At most `most` trials are issued at a time, and as many as the sweep's `quota` allows.
    """

    def __init__(self, queue: JobQueue, barrier: StartupBarrier, cluster: Cluster, quota: Quota,
                 most: int | None = None) -> None:
        self.queue, self.barrier, self.cluster, self.quota = queue, barrier, cluster, quota
        self.intake, self.silence = Intake(queue, cluster.is_there), Silence()
        self._most = most or math.inf
        self.jobs: dict[str, Job] = {}
        self._nodes: dict[str, str] = {}
        self._lost: set[str] = set()

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Ray Tune pickles its searcher for a restore that we never ask for: give it nothing."""
        return object, ()

    @property
    def clearing(self) -> bool:
        """Whether a trial that must share no device waits for one: nothing else is issued, and nobody sits idle."""
        return self.cluster.shares and any(job.alone and job.started is None for job in self.jobs.values())

    def next_job(self, trial_id: str) -> Job | None:
        """The job for a new trial of Ray's, None if there is none now."""
        enough = len(self.jobs) >= min(self._most, self.quota.asked)
        if self.clearing or enough or (job := self.queue.next_job()) is None:
            return None
        self.jobs[trial_id] = job
        return job

    def take(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Pass a result on; True if the trial is to end."""
        self._nodes[trial_id] = result["node"]
        message = ProgressMessage.decode(result["message"])
        self.silence.heard(trial_id, message.records)
        over = self.intake.take(self.jobs[trial_id], message)
        self.barrier.present(trial_id, f"{result['hostname']}/{result['pid']}")
        return self.queue.stopping or (over and not self._holds())

    def _holds(self) -> bool:
        """Whether workers that are still starting are waited for: not for one that cannot, while a trial is alone."""
        alone = self.cluster.shares and any(job.alone for job in self.jobs.values())
        return not alone and self.barrier.hold(len(self.jobs))

    def beyond(self, number: float) -> list[str]:
        """Trials that were issued beyond that `number` and have not started, the last first."""
        waiting = [trial for trial, job in reversed(self.jobs.items()) if job.started is None]
        return waiting[:max(0, len(self.jobs) - int(min(number, len(self.jobs))))]

    def is_youngest(self, trial_id: str, among: int) -> bool:
        """Whether a trial is `among` so many that have started last: they lose least if they are interrupted."""
        started = sorted(job.started for job in self.jobs.values() if job.started is not None)
        mine = self.jobs[trial_id].started
        return mine is not None and mine >= started[-among:][0]

    def note_loss(self, trial_id: str, error: str) -> None:
        """The worker of a trial is gone; `error` is what Ray says of it."""
        self._lost.add(trial_id)
        self.barrier.lost(trial_id)
        node = self._nodes.get(trial_id) or self.cluster.node_in(error)
        words = left(trial_id) or self.silence.forget(trial_id) or error.strip().splitlines()[-1]
        self.intake.lost(self.jobs[trial_id], words, node)

    def close(self, trial_id: str, lost: bool) -> None:
        """The trial will report no more; if it is `lost`, Ray has given it up: its job is for another one."""
        if lost and trial_id not in self._lost:
            self.note_loss(trial_id, "given up by Ray")
        self._lost.discard(trial_id)
        self._nodes.pop(trial_id, None)
        self.silence.forget(trial_id)
        self.barrier.done(trial_id)
        self.intake.close(self.jobs.pop(trial_id))


class LeaveStopper(Stopper):
    """Raises Abandoned in Ray Tune's loop, which asks it ten times a second, once `is_left` says so."""

    def __init__(self, is_left: Callable[[], bool]) -> None:
        self._is_left = is_left

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Nothing is pickled for a restore."""
        return object, ()

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """No trial is ended here."""
        return False

    def stop_all(self) -> bool:
        """Go on, or leave."""
        if self._is_left():
            raise Abandoned
        return False


class QueueSearcher(Searcher):
    """Asks the queue for the next job."""

    def __init__(self, bridge: TuneBridge) -> None:
        super().__init__(metric="epoch", mode="max")
        self.bridge = bridge

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The next job as a Ray config, None while there is none, FINISHED at the end."""
        job = self.bridge.next_job(trial_id)
        if job is None:
            return Searcher.FINISHED if self.bridge.queue.over else None
        return {"job": job.name, "message": JobMessage.of(job).encode(), **({ALONE: True} if job.alone else {})}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """The trial is over; `error` means that Ray gave it up."""
        self.bridge.close(trial_id, error)

    def save(self, checkpoint_path: str) -> None:
        """Ray remembers nothing for us."""

    def restore(self, checkpoint_path: str) -> None:
        """Ray remembers nothing for us."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Ray remembers nothing for us."""
