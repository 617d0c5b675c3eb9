"""A trial of a search, reduced to what can be learnt from it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sat_sweep.home import Result
from sat_sweep.report.measures import at_best_epoch, at_last_epoch

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure, Task


@dataclass(frozen=True)
class Tried:
    """One trial of a search.

    `score` is what it was chosen by, of a pruned one when it was stopped; None for one that failed. `answer` is what
    methods are compared by, known only where a sweep with `diagnostics: true` has evaluated it in the search.
    """

    number: int
    state: str
    score: float | None
    settings: dict[str, Any]
    answer: float | None = None

    @property
    def complete(self) -> bool:
        """Whether it ran to its end and has a score."""
        return self.state == "complete" and self.score is not None

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints."""
        return {"number": self.number, "state": self.state, "score": self.score, "settings": self.settings}


def tried(result: Result, task: Task, epoch: str) -> Tried:
    """What is kept of the search trial `result`; `epoch` is the one that is judged, "last" or "best"."""
    answer = at_best_epoch(result, task.answer, task.selection) if epoch == "best" \
        else at_last_epoch(result, task.answer)
    return Tried(result.number, result.state, None if result.state == "failed" else result.value, result.values,
                 answer)


def best_so_far(trials: Sequence[Tried], measure: Measure) -> list[float | None]:
    """The best score of all complete trials up to each one, in the order of `trials`; None before the first."""
    best: float | None = None
    found = []
    for trial in trials:
        if trial.complete and (best is None or measure.beats(trial.score or 0.0, best)):
            best = trial.score
        found.append(best)
    return found


def ranks(trials: Sequence[Tried], measure: Measure) -> dict[int, float]:
    """How the complete ones stand among each other, by number: 1 is the best, 0 the worst, equals have their mean.

    Empty for fewer than two. Ranks of different noise levels can be put together, scores cannot.
    """
    scores = {trial.number: measure.sign * (trial.score or 0.0) for trial in trials if trial.complete}
    if len(scores) < 2:
        return {}
    ordered = sorted(scores.values())
    return {number: (bisect_left(ordered, score) + bisect_right(ordered, score) - 1) / 2 / (len(ordered) - 1)
            for number, score in scores.items()}
