"""How far a sweep is: for the status file, and live in the terminal; silence where there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sat_sweep.home.status import Status, StudyStatus
from sat_sweep.search.budget import unsearched
from sat_sweep.search.job import Stage
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.study_progress import StudyProgress
from sat_sweep.sweep.launchers.ray_job.frames import FramedStream, framed

REFRESHES_PER_SECOND = 2
TELLING_SECONDS = 2.0
"""Between two looks at whether a job has something new to tell."""


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


def shown_progress(queue: JobQueue) -> AbstractContextManager[Any]:
    """The sweep's progress while it is entered: a live table at a terminal, for whoever follows a job in its log."""
    name = queue.plan.space.name

    def status() -> Status:
        state = "stopping" if queue.stopping else "running"
        return Status(name, state, tuple(study_statuses(queue)), limits(queue))

    stream = framed()
    return _told(stream, status) if stream is not None else live_table(status)


def live_table(status: Callable[[], Status | None]) -> AbstractContextManager[Any]:
    """A table on standard error that keeps itself up to date while it is entered; nothing without a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return nullcontext()
    timer = Timer()

    def table() -> Table | str:
        known = status()
        return "" if known is None else _table(known, timer)

    return Live(console=console, get_renderable=table, refresh_per_second=REFRESHES_PER_SECOND)


@contextmanager
def _told(stream: FramedStream, status: Callable[[], Status]) -> Iterator[None]:
    """Send the status whenever it has changed."""
    over, sent = threading.Event(), list[Status]()

    def tell() -> None:
        if (known := status()) not in sent:
            sent[:] = [known]
            stream.send("progress", known.to_json())

    def work() -> None:
        while not over.wait(TELLING_SECONDS):
            tell()

    tell()
    thread = threading.Thread(target=work, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        tell()


class Timer:
    """The time that is left, from the trials that have ended since it first looked."""

    def __init__(self) -> None:
        self._started, self._before = time.monotonic(), -1

    def left(self, status: Status) -> str:
        """`12 of 164 trials, about 3 min left`."""
        ended, total = status.ended, status.budget
        if self._before < 0:
            self._before = ended
        known = f"{ended} of {total} trials"
        if ended == self._before or ended == total:
            return known
        seconds = (time.monotonic() - self._started) / (ended - self._before) * (total - ended)
        return f"{known}, about {seconds / 60:.0f} min left" if seconds > 90 else f"{known}, about {seconds:.0f} s left"


def _table(status: Status, timer: Timer) -> Table:
    table = Table(title=f"{status.sweep}: {timer.left(status)}", title_justify="left", box=None)
    for column in ("study", "search", "confirm", "queued", "running", "failed", "best so far"):
        table.add_column(column, justify="left" if column == "study" else "right")
    for search, confirm in zip(status.studies[::2], status.studies[1::2], strict=True):
        counts = (search.queued + confirm.queued, search.running + confirm.running, search.failed + confirm.failed)
        table.add_row(f"{search.method} / {search.condition}", f"{search.ended}/{search.budget}",
                      f"{confirm.ended}/{confirm.budget}", *(str(count or "") for count in counts),
                      "" if search.best is None else f"{search.best:.3f}")
    return table
