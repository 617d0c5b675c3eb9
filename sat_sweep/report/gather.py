"""Result files, study by study, reduced to what a report needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from sat_sweep.home import Result, StudyRecord
from sat_sweep.home.time_taken import Span, summed_seconds
from sat_sweep.report.learnt.tried import Tried, tried
from sat_sweep.report.report import Compute
from sat_sweep.report.rows import Epoch, TrialCounts
from sat_sweep.report.winner import winner

if TYPE_CHECKING:
    from sat_sweep.tasks import Task


@dataclass
class Gathered:
    """One study's results in a sweep about `task` that judges `epoch`. Of search trials only what counts is kept."""

    study: StudyRecord
    task: Task
    epoch: Epoch = "last"
    confirmations: list[Result] = field(default_factory=list)
    searched: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    search_error_rates: list[float] = field(default_factory=list)
    winner: Result | None = None
    """Without its history."""
    tried: list[Tried] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Take in one result; search trials of a study must come in the order of their numbers."""
        if result.stage == "confirm":
            self.confirmations.append(result)
            return
        self.searched[result.state] += 1
        self.tried.append(tried(result, self.task, self.epoch))
        if result.state == "failed":
            self.failures.append(describe_failure(result))
        if result.error_rate is not None:
            self.search_error_rates.append(result.error_rate)
        if winner([*([self.winner] if self.winner else []), result], self.task.selection.measure) is result:
            self.winner = replace(result, history=[])

    @property
    def trials(self) -> TrialCounts:
        """How the search trials ended."""
        return counts(self.searched)

    def error_rate(self, confirmations: Iterable[Result]) -> float | None:
        """The mean realised error rate, of the confirmations if there are any."""
        confirmed = [result.error_rate for result in confirmations if result.error_rate is not None]
        rates = confirmed or self.search_error_rates
        return fmean(rates) if rates else None

    def current(self, seeds: int | None) -> tuple[Result, ...]:
        """The confirmations that belong together: of what was confirmed last, on the first `seeds` seeds.

        After `extend` another trial may have won; until all its seeds are done, files of the former one lie
        beside.
        """
        wanted = [result for result in self.confirmations if seeds is None or result.number < seeds]
        newest = max(wanted, key=lambda result: result.ended, default=None)
        return tuple(result for result in wanted if newest is not None and _trial(result) == _trial(newest))


def counts(states: Counter[str]) -> TrialCounts:
    """The three ways for a trial to end."""
    return TrialCounts(states["complete"], states["pruned"], states["failed"])


def describe_failure(result: Result) -> str:
    """One line that names a failed trial and says why."""
    return f"{result.name}: {result.why}"


def _trial(result: Result) -> dict[str, Any]:
    return {**result.spec, "values": result.values, "seed": None}


@dataclass
class Totals:
    """What all trials took together."""

    requested: int = 0
    trained: int = 0
    spans: list[Span] = field(default_factory=list)
    """When each began and ended."""

    def add(self, result: Result) -> None:
        """Take in one result."""
        self.requested += len(result.history)
        self.trained += result.epochs_trained
        self.spans.append((result.started, result.ended))

    def compute(self) -> Compute:
        """The sums."""
        started, ended = zip(*self.spans, strict=True) if self.spans else ((0.0,), (0.0,))
        return Compute(self.requested, self.trained, max(ended) - min(started), summed_seconds(self.spans))
