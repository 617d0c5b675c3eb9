"""How far a sweep is: for the status file, and live in the terminal; silence where there is none."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sat_sweep.home.status import StudyStatus
from sat_sweep.search.budget import unsearched
from sat_sweep.search.job import Stage
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.study_progress import StudyProgress

REFRESHES_PER_SECOND = 2


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
        unsearched=unsearched(progress) if stage == "search" else 0)


def limits(queue: JobQueue) -> dict[str, Any] | None:
    """The budget of a sweep that has one, and what is taken of it; may be asked for from any thread."""
    if queue.budget is None:
        return None
    running = [job for progress in queue.progress.values() for job in list(progress.issued.values())]
    return {**queue.budget.to_json(running), "search_ended": queue.search_ended}


def live_table(queue: JobQueue) -> AbstractContextManager[Any]:
    """A table on standard error that keeps itself up to date while it is entered; nothing without a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return nullcontext()
    timer = Timer(queue)
    return Live(console=console, get_renderable=lambda: _table(queue, timer),
                refresh_per_second=REFRESHES_PER_SECOND)


class Timer:
    """The time that is left, from the trials that have ended since it was made."""

    def __init__(self, queue: JobQueue) -> None:
        self._started, self._before = time.monotonic(), _ended(study_statuses(queue))

    def left(self, studies: list[StudyStatus]) -> str:
        """`12 of 164 trials, about 3 min left`."""
        ended, total = _ended(studies), sum(study.budget for study in studies)
        known = f"{ended} of {total} trials"
        if ended == self._before or ended == total:
            return known
        seconds = (time.monotonic() - self._started) / (ended - self._before) * (total - ended)
        return f"{known}, about {seconds / 60:.0f} min left" if seconds > 90 else f"{known}, about {seconds:.0f} s left"


def _ended(studies: list[StudyStatus]) -> int:
    return sum(study.ended for study in studies)


def _table(queue: JobQueue, timer: Timer) -> Table:
    studies = study_statuses(queue)
    table = Table(title=f"{queue.plan.space.name}: {timer.left(studies)}", title_justify="left", box=None)
    for column in ("study", "search", "confirm", "queued", "running", "failed", "best so far"):
        table.add_column(column, justify="left" if column == "study" else "right")
    for search, confirm in zip(studies[::2], studies[1::2], strict=True):
        counts = (search.queued + confirm.queued, search.running + confirm.running, search.failed + confirm.failed)
        table.add_row(f"{search.method} / {search.condition}", f"{search.ended}/{search.budget}",
                      f"{confirm.ended}/{confirm.budget}", *(str(count or "") for count in counts),
                      "" if search.best is None else f"{search.best:.3f}")
    return table
