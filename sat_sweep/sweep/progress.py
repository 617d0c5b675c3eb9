"""How far a sweep is: for the status file, the live table, and whoever follows a job in its log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sat_sweep.home.status import Status, StudyStatus
from sat_sweep.search.budget import unsearched
from sat_sweep.search.job import Stage
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.study_progress import StudyProgress
from sat_sweep.sweep.launchers.ray_job.frames import FramedStream, framed
from sat_sweep.sweep.live_table import live_table
from sat_sweep.sweep.repeating import repeating

TELLING_SECONDS = 2.0
"""Between two looks at whether a job has something new to tell."""
LIFE_SECONDS = 15.0
"""After so many a job says that it lives, whatever else there is to tell."""


def study_statuses(queue: JobQueue) -> list[StudyStatus]:
    """Search and confirm of every study, in the order of the plan; may be asked for from any thread."""
    return [_status(progress, stage) for progress in queue.progress.values() for stage in ("search", "confirm")]


def _status(progress: StudyProgress, stage: Stage) -> StudyStatus:
    winner, study = progress.search.winner(), progress.study
    queued, running = progress.under_way(stage)
    return StudyStatus(
        method=study.method, noise=study.noise.label, stage=stage,
        budget=progress.search.total if stage == "search" else progress.confirm_total,
        complete=progress.ends[stage, "complete"], pruned=progress.ends[stage, "pruned"],
        failed=progress.ends[stage, "failed"], running=running, queued=queued,
        best=winner.value if winner else None, vary=study.condition.vary,
        unsearched=unsearched(progress) if stage == "search" else 0,
        why_failed=progress.failures.get(stage, ""))


def limits(queue: JobQueue) -> dict[str, Any] | None:
    """The budget of a sweep that has one, and what is taken of it; may be asked for from any thread."""
    if queue.budget is None:
        return None
    running = [job for progress in queue.progress.values() for job in list(progress.issued.values())]
    return {**queue.budget.to_json(running), "search_ended": queue.search_ended}


def current(queue: JobQueue, state: str, owner: str = "") -> Status:
    """How the sweep of `queue` stands now; may be asked for from any thread."""
    space = queue.plan.space
    return Status(space.name, state, tuple(study_statuses(queue)), limits(queue), owner, queue.share, queue.work,
                  queue.plan.baseline, time.time(), space.judging_task.selection.measure.unit)


def shown_progress(queue: JobQueue) -> AbstractContextManager[Any]:
    """The sweep's progress while it is entered: a live table at a terminal, for whoever follows a job in its log."""

    def status() -> Status:
        return current(queue, "stopping" if queue.stopping else "running")

    stream = framed()
    return _told(stream, status) if stream is not None else live_table(status)


def tell(status: Status) -> None:
    """Let whoever follows this job in its log know; nobody does where this is no job."""
    stream = framed()
    if stream is not None:
        stream.send("progress", status.to_json())


@contextmanager
def _told(stream: FramedStream, status: Callable[[], Status]) -> Iterator[None]:
    """Send the status whenever trials have come or gone, and now and then as a sign of life."""
    sent: list[Status] = []

    def tell_changes() -> None:
        known = status()
        if not sent or known.studies != sent[0].studies or known.state != sent[0].state or _is_old(sent[0], known):
            sent[:] = [known]
            stream.send("progress", known.to_json())

    tell_changes()
    try:
        with repeating(tell_changes, TELLING_SECONDS):
            yield
    finally:
        sent.clear()
        tell_changes()


def _is_old(told: Status, known: Status) -> bool:
    return (known.heartbeat or 0.0) - (told.heartbeat or 0.0) > LIFE_SECONDS
