"""The queue as Ray Tune sees it: a searcher that asks it, a scheduler that obeys it.

There is no callback: for its statistics of use, Ray Tune imports all libraries that it has callbacks for, MLflow among
them, as soon as it is given one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher
from ray.tune.stopper import Stopper

from sat_sweep.execution.backend import Abandoned
from sat_sweep.execution.intake import Intake
from sat_sweep.execution.messages import JobMessage, ProgressMessage
from sat_sweep.execution.ray_tune.ray_internals import keep_workers, let_wait
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.execution.ray_tune.trainable import ALONE
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue

if TYPE_CHECKING:
    from sat_sweep.config.plan import Plan
    from sat_sweep.execution.ray_tune.cluster import Cluster
    from sat_sweep.execution.ray_tune.workers import Workers

class TuneBridge:
    """Which Ray trial runs which job; `cluster` knows the nodes. At most `most` trials are issued at a time."""

    def __init__(self, queue: JobQueue, barrier: StartupBarrier, cluster: Cluster, most: int | None = None) -> None:
        self.queue, self.barrier, self.cluster = queue, barrier, cluster
        self.intake = Intake(queue, cluster.is_there)
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
        if self.clearing or len(self.jobs) >= self._most or (job := self.queue.next_job()) is None:
            return None
        self.jobs[trial_id] = job
        return job

    def take(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Pass a result on; True if the trial is to end."""
        self._nodes[trial_id] = result["node"]
        over = self.intake.take(self.jobs[trial_id], ProgressMessage.decode(result["message"]))
        self.barrier.present(trial_id, f"{result['hostname']}/{result['pid']}")
        return self.queue.stopping or (over and not self.barrier.hold(len(self.jobs)))

    def note_loss(self, trial_id: str, error: str) -> None:
        """The worker of a trial is gone; `error` is what Ray says of it."""
        self._lost.add(trial_id)
        self.barrier.lost(trial_id)
        node = self._nodes.get(trial_id) or self.cluster.node_in(error)
        self.intake.lost(self.jobs[trial_id], error.strip().splitlines()[-1], node)

    def close(self, trial_id: str, lost: bool) -> None:
        """The trial will report no more; if it is `lost`, Ray has given it up: its job is for another one."""
        if lost and trial_id not in self._lost:
            self.note_loss(trial_id, "given up by Ray")
        self._lost.discard(trial_id)
        self._nodes.pop(trial_id, None)
        self.barrier.done(trial_id)
        self.intake.close(self.jobs.pop(trial_id))


def pending(workers: int, plan: Plan) -> int:
    """How many trials to let wait for resources that `workers` may have to offer; all that can run, where none are."""
    return workers or plan.side_by_side


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


class QueueScheduler(FIFOScheduler):
    """Lets the queue see every result and end trials, and Ray Tune keep as many `workers` as there may be.

    `request` is what a trial asks Ray for.
    """

    def __init__(self, bridge: TuneBridge, workers: Workers, request: Any) -> None:
        super().__init__()
        self.bridge, self.workers, self.request = bridge, workers, request
        self._kept = self._expected = 0

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """As usual; Ray Tune asks ten times a second, which is when nodes are seen to come and go."""
        count = self.workers.update()
        self.bridge.queue.workers = max(1, count)
        keep = 0 if self.bridge.clearing else count
        keep_workers(tune_controller, self.request, keep - self._kept)
        if count != self._expected:
            self.bridge.barrier.expect(count)
            let_wait(tune_controller, pending(count, self.bridge.queue.plan))
        self._kept, self._expected = keep, count
        return super().choose_trial_to_run(tune_controller)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """STOP where the queue says so."""
        ends = self.bridge.take(trial.trial_id, result)
        return str(TrialScheduler.STOP if ends else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Drop what has been taken in, so that the driver does not grow with every epoch."""
        trial.last_result.pop("message", None)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A worker was lost: note what Ray says of it, which is in a file here before it is in Ray Tune's storage."""
        file = trial.error_file and Path(trial.error_file)
        self.bridge.note_loss(trial.trial_id, file.read_text() if file and file.exists() else "the worker was lost")
