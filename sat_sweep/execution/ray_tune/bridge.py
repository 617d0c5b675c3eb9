"""The conductor as Ray Tune sees it: a searcher that asks it, a scheduler that obeys it.

There is no callback: for its statistics of use, Ray Tune imports all libraries that it has callbacks for, MLflow among
them, as soon as it is given one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from sat_sweep.execution.ray_tune.ray_internals import keep_workers
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.search.conductor import Conductor, Job
from sat_sweep.training.record import EpochRecord

Tick = Callable[[], None]

RETRIES = 5
"""How often a trial whose process was lost is started again; it goes on where the trajectory store is."""


class TuneBridge:
    """Which Ray trial runs which job."""

    def __init__(self, conductor: Conductor, muster: StartupBarrier, tick: Tick) -> None:
        self.conductor, self.muster, self.tick = conductor, muster, tick
        self.jobs: dict[str, Job] = {}
        self.errors: dict[str, str] = {}
        self.losses: dict[str, str] = {}
        self.lost: Counter[str] = Counter()

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Ray Tune pickles its searcher for a restore that we never ask for: give it nothing."""
        return object, ()

    def take(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Pass a result on; True if the trial is to end."""
        job = self.jobs[trial_id]
        records = [EpochRecord(**content) for content in json.loads(result["records"])]
        if result["facts"] is not None:
            job.facts = json.loads(result["facts"])
        ended = self.conductor.report(job, records)
        if result["error"] is not None:
            self.errors[trial_id] = result["error"]
        self.muster.present(trial_id, f"{result['hostname']}/{result['pid']}")
        self.tick()
        over = ended or result["finished"]
        return self.conductor.stopping or (over and not self.muster.hold(len(self.jobs)))

    def note_loss(self, trial_id: str, words: str) -> None:
        """The worker of a trial is gone, and `words` is the last that was heard of it."""
        self.muster.lost(trial_id)
        self.lost[self.jobs[trial_id].name] += 1
        self.losses[trial_id] = words

    def close(self, trial_id: str, lost: bool) -> None:
        """The trial will report no more; if it is `lost`, Ray has given it up."""
        if lost and trial_id not in self.losses:
            self.note_loss(trial_id, "given up by Ray")
        job, words = self.jobs.pop(trial_id), self.losses.pop(trial_id, "")
        self.muster.done(trial_id)
        error = self.errors.pop(trial_id, None)
        if error is None and lost and not job.ended:
            error = self._given_up(job, words)
        self._end(job, error)
        self.tick()

    def _given_up(self, job: Job, words: str) -> str | None:
        """Why no further worker is tried, None if one is.

        Ray gives a trial up at its first loss if the worker was lost while it waited for the trial.
        """
        count = self.lost[job.name]
        return f"given up after {count} lost workers: {words}" if count > RETRIES else None

    def _end(self, job: Job, error: str | None) -> None:
        if error is not None or job.ended:
            self.lost.pop(job.name, None)
            self.conductor.finish(job, error)
        else:
            self.conductor.give_back(job)


class QueueSearcher(Searcher):
    """Asks the conductor for the next job."""

    def __init__(self, desk: TuneBridge) -> None:
        super().__init__(metric="epoch", mode="max")
        self.desk = desk

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The next job as a Ray config, None while there is none, FINISHED at the end."""
        self.desk.tick()
        job = self.desk.conductor.next_job()
        if job is None:
            return Searcher.FINISHED if self.desk.conductor.finished else None
        self.desk.jobs[trial_id] = job
        return {"job": job.name, "spec": job.spec.model_dump_json(), "audience": json.dumps(job.audience.to_json())}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """The trial is over; `error` means that Ray gave it up."""
        self.desk.close(trial_id, error)

    def save(self, checkpoint_path: str) -> None:
        """Ray remembers nothing for us."""

    def restore(self, checkpoint_path: str) -> None:
        """Ray remembers nothing for us."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Ray remembers nothing for us."""


class QueueScheduler(FIFOScheduler):
    """Lets the conductor see every result and end trials."""

    def __init__(self, desk: TuneBridge, workers: int) -> None:
        super().__init__()
        self.desk, self.workers = desk, workers

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """See to it that no worker is given up while it waits for its next trial."""
        super().on_trial_add(tune_controller, trial)
        if self.workers:
            keep_workers(tune_controller, trial.placement_group_factory, self.workers)
            self.workers = 0

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """STOP where the conductor says so."""
        return TrialScheduler.STOP if self.desk.take(trial.trial_id, result) else TrialScheduler.CONTINUE

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Drop what has been taken in, so that the driver does not grow with every epoch."""
        for key in ("records", "facts"):
            trial.last_result.pop(key, None)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A worker was lost: keep what it has to say, in case the trial is given up."""
        lines = str(trial.get_error() or "the worker was lost").strip().splitlines()
        self.desk.note_loss(trial.trial_id, lines[-1])
