"""Live progress in the terminal; silence where there is none."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sat_sweep.home import SweepHome
from sat_sweep.home.status import HEARTBEAT, StudyStatus, write_status
from sat_sweep.search.conductor import Conductor, StudyProgress

REFRESH = 0.5


class Progress:
    """Shows and writes down how far the sweep is, whenever `tick` is called and some time has passed."""

    def __init__(self, conductor: Conductor, sweep: SweepHome) -> None:
        self.conductor, self.sweep = conductor, sweep
        self.console = Console(stderr=True)
        self._live = Live(console=self.console, auto_refresh=False) if self.console.is_terminal else None
        self._started, self._shown, self._written = time.time(), 0.0, 0.0
        self._ended_before = self._ended()

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        self.tick()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._live:
            self._live.update(self._table(), refresh=True)
            self._live.stop()

    def tick(self) -> None:
        """Cheap enough to be called with every result."""
        now = time.time()
        if now - self._written >= HEARTBEAT:
            self._written = now
            write_status(self.sweep, "running", study_statuses(self.conductor))
            if self.sweep.stop_requested():
                self.conductor.stopping = True
        if self._live and now - self._shown >= REFRESH:
            self._shown = now
            self._live.update(self._table(), refresh=True)

    def _ended(self) -> int:
        return sum(study.ended for study in study_statuses(self.conductor))

    def _table(self) -> Table:
        studies = study_statuses(self.conductor)
        table = Table(title=f"{self.sweep.name}: {self._time_left(studies)}", title_justify="left", box=None)
        for column in ("study", "search", "confirm", "running", "failed", "best so far"):
            table.add_column(column, justify="left" if column == "study" else "right")
        for search, confirm in zip(studies[::2], studies[1::2], strict=True):
            table.add_row(
                f"{search.method} / {search.noise}", f"{search.ended}/{search.budget}",
                f"{confirm.ended}/{confirm.budget}", str(search.running + confirm.running or ""),
                str(search.failed + confirm.failed or ""), "" if search.best is None else f"{search.best:.3f}")
        return table

    def _time_left(self, studies: list[StudyStatus]) -> str:
        ended, total = sum(s.ended for s in studies), sum(s.budget for s in studies)
        now = ended - self._ended_before
        if not now or ended == total:
            return f"{ended} of {total} trials"
        seconds = (time.time() - self._started) / now * (total - ended)
        return f"{ended} of {total} trials, about {seconds / 60:.0f} min left" if seconds > 90 else \
            f"{ended} of {total} trials, about {seconds:.0f} s left"


def study_statuses(conductor: Conductor) -> list[StudyStatus]:
    """Search and confirm of every study, in the order of the plan."""
    return [_status(progress, stage) for progress in conductor.progress.values() for stage in ("search", "confirm")]


def _status(progress: StudyProgress, stage: str) -> StudyStatus:
    winner = progress.search.winner()
    complete, pruned, failed = (progress.count(stage, state) for state in ("complete", "pruned", "failed"))
    return StudyStatus(
        progress.study.method, progress.study.noise.label, stage,
        progress.study.trials if stage == "search" else progress.confirm_total, complete, pruned, failed,
        sum(job.stage == stage for job in progress.running.values()), winner.value if winner else None)
