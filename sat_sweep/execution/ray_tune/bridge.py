"""The queue as Ray Tune sees it: a searcher that asks it, a scheduler that obeys it.

There is no callback: for its statistics of use, Ray Tune imports all libraries that it has callbacks for, MLflow among
them, as soon as it is given one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher
from ray.tune.stopper import Stopper

from sat_sweep.execution.backend import Abandoned
from sat_sweep.execution.intake import Intake
from sat_sweep.execution.messages import JobMessage, ProgressMessage
from sat_sweep.execution.ray_tune.ray_internals import keep_workers
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue


class TuneBridge:
    """Which Ray trial runs which job."""

    def __init__(self, queue: JobQueue, barrier: StartupBarrier) -> None:
        self.queue, self.barrier, self.intake = queue, barrier, Intake(queue)
        self.jobs: dict[str, Job] = {}
        self.losses: dict[str, str] = {}

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Ray Tune pickles its searcher for a restore that we never ask for: give it nothing."""
        return object, ()

    def take(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Pass a result on; True if the trial is to end."""
        over = self.intake.take(self.jobs[trial_id], ProgressMessage.decode(result["message"]))
        self.barrier.present(trial_id, f"{result['hostname']}/{result['pid']}")
        return self.queue.stopping or (over and not self.barrier.hold(len(self.jobs)))

    def note_loss(self, trial_id: str, words: str) -> None:
        """The worker of a trial is gone, and `words` is the last that was heard of it."""
        self.barrier.lost(trial_id)
        self.intake.lost(self.jobs[trial_id])
        self.losses[trial_id] = words

    def close(self, trial_id: str, lost: bool) -> None:
        """The trial will report no more; if it is `lost`, Ray has given it up.

        It does so at the first loss if the worker was lost while it waited for the trial.
        """
        if lost and trial_id not in self.losses:
            self.note_loss(trial_id, "given up by Ray")
        self.barrier.done(trial_id)
        self.intake.close(self.jobs.pop(trial_id), self.losses.pop(trial_id, ""))


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
        job = self.bridge.queue.next_job()
        if job is None:
            return Searcher.FINISHED if self.bridge.queue.over else None
        self.bridge.jobs[trial_id] = job
        return {"job": job.name, "message": JobMessage.of(job).encode()}

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
    """Lets the queue see every result and end trials."""

    def __init__(self, bridge: TuneBridge, workers: int) -> None:
        super().__init__()
        self.bridge, self.workers = bridge, workers

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """See to it that no worker is given up while it waits for its next trial."""
        super().on_trial_add(tune_controller, trial)
        if self.workers:
            keep_workers(tune_controller, trial.placement_group_factory, self.workers)
            self.workers = 0

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """STOP where the queue says so."""
        ends = self.bridge.take(trial.trial_id, result)
        return str(TrialScheduler.STOP if ends else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Drop what has been taken in, so that the driver does not grow with every epoch."""
        trial.last_result.pop("message", None)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A worker was lost: keep what it has to say, in case the trial is given up."""
        lines = str(trial.get_error() or "the worker was lost").strip().splitlines()
        self.bridge.note_loss(trial.trial_id, lines[-1])
