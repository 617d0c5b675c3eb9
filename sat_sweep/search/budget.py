"""When a search has to end so that what it has found can still be confirmed within the sweep's budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sat_sweep.config.plan import Plan
from sat_sweep.config.resources import Budget
from sat_sweep.home import Result, SweepHome
from sat_sweep.home.time_taken import running_seconds, summed_seconds
from sat_sweep.search.job import Job
from sat_sweep.search.pace import Paces
from sat_sweep.search.study_progress import StudyProgress

HOUR = 3600.0


class BudgetClock:
    """What a sweep has taken of its `budget`, earlier runs included, and whether the rest is needed to confirm.

    `known` are the results of earlier runs; what those spent on trials that never ended is not known. `now` gives
    seconds since 1970. `gpus` is what a trial occupies.
    """

    def __init__(self, budget: Budget, known: Iterable[Result], now: Callable[[], float], gpus: float = 0.0) -> None:
        self.budget, self.gpus, self._paces = budget, gpus, Paces()
        self._now, self._began = now, now()
        spans = [self._take_in(result) for result in known]
        self._before, self._trial_seconds = running_seconds(spans), summed_seconds(spans)

    def add(self, result: Result) -> None:
        """A trial has ended."""
        self._trial_seconds += summed_seconds([self._take_in(result)])

    def _take_in(self, result: Result) -> tuple[float, float]:
        self._paces.add(result)
        return result.started, result.ended

    @property
    def hours(self) -> float:
        """Hours in which the sweep ran, up to now."""
        return (self._before + self._now() - self._began) / HOUR

    @property
    def seconds_left(self) -> float | None:
        """What is left of the hours; None where those are not limited."""
        return None if self.budget.hours is None else (self.budget.hours - self.hours) * HOUR

    def gpu_hours(self, running: Iterable[Job]) -> float:
        """Hours times GPUs of all trials, those that are `running` included."""
        spans = [(job.started, job.ended) for job in running if job.started is not None and job.ended is not None]
        return (self._trial_seconds + summed_seconds(spans)) * self.gpus / HOUR

    def is_needed_for(self, confirmation: Iterable[tuple[str, int]], running: Iterable[Job], workers: int,
                      delay: float) -> bool:
        """Whether what is left of the budget is no more than `confirmation` takes on so many `workers`.

        It has the study of each trial that is left to confirm, and how many epochs that has left. The workers are free
        in at most `delay` seconds. Trials that are handed to whoever is free are through after their sum divided by the
        number of workers, and after that what is left of the longest (Graham 1966).
        """
        seconds = [self._paces.confirming(study, epochs) for study, epochs in confirmation]
        total, longest = sum(seconds), max(seconds, default=0.0)
        through = delay + total / workers + (1 - 1 / workers) * longest
        left, gpu_left = self.budget.hours, self.budget.gpu_hours
        return ((left is not None and left - self.hours <= through / HOUR)
                or (gpu_left is not None and gpu_left - self.gpu_hours(running) <= total * self.gpus / HOUR))

    def to_json(self, running: Iterable[Job]) -> dict[str, Any]:
        """The limits and what is taken of them, for the status."""
        return {**self.budget.model_dump(), "hours_taken": round(self.hours, 4),
                "gpu_hours_taken": round(self.gpu_hours(running), 4)}


def opened_budget(plan: Plan, home: SweepHome, now: Callable[[], float]) -> BudgetClock | None:
    """The clock of a sweep that has a budget, from the results that are there; None for any other."""
    if plan.space.budget is None:
        return None
    gpus = plan.space.resources.gpus
    return BudgetClock(plan.space.budget, home.results(), now, 0.0 if gpus == "auto" else gpus)


def cut_before(home: SweepHome) -> dict[str, int]:
    """How many trials of each study count where an earlier run has ended the search, {} where none has."""
    record = home.describe()
    return record.searched if record else {}


def unsearched(progress: StudyProgress) -> int:
    """How many trials of a study were not searched, or do not count since another study has not got as far."""
    return progress.study.trials - progress.search.total


def ended_sentence(studies: Collection[StudyProgress]) -> str:
    """What is said when the search has ended for the budget."""
    trials = max(progress.study.trials for progress in studies)
    counted = sorted({progress.search.total for progress in studies if progress.study.trials == trials})
    number = f"{counted[0]}" if len(counted) == 1 else f"{counted[0]} to {counted[-1]}"
    return (f"the budget ends the search after {number} of {trials} trials of each study: "
            "what is left is for confirming the winners")
