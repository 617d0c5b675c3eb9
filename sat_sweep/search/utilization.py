"""Which share of the workers' time trials have had, since the first of this run began."""

from __future__ import annotations

from collections.abc import Iterable

from sat_sweep.search.job import Job

LEAST = 0.05
"""However idle they were: no sweep is taken to last for ever."""
AT_FIRST = 1.0


class Utilization:
    """The time of workers, and what of it trials had; all times in seconds since 1970."""

    def __init__(self) -> None:
        self._busy = self._there = 0.0
        self._until: float | None = None
        self._first: list[float] = []

    def end(self, job: Job) -> None:
        """`job` has ended."""
        if job.started is not None and job.ended is not None:
            self._busy += job.ended - job.started
            self._first = [min([*self._first, job.started])]

    def share(self, issued: Iterable[Job], workers: int, now: float) -> float:
        """From more than 0 to 1: of `workers` that have been there since it was last asked for."""
        running = [job.started for job in issued if job.started is not None]
        if self._until is None:
            self._until = min([*running, *self._first], default=None)
        if self._until is None:
            return AT_FIRST
        self._there += workers * max(0.0, now - self._until)
        self._until = max(now, self._until)
        busy = self._busy + sum(max(0.0, now - started) for started in running)
        return min(1.0, max(LEAST, busy / self._there)) if self._there else AT_FIRST
