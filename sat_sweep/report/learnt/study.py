"""What the search of one study has learnt: its way to the best trial, and what choosing by noisy labels has cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any

from sat_sweep.report.learnt.tried import Tried, best_so_far, ranks
from sat_sweep.report.rows import Row

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure

GOOD = 0.75
"""Ranks from here on are those of the best quarter."""


@dataclass(frozen=True)
class TuningCost:
    """What methods are compared by, of three trials of one search, on its own seed.

    `untuned` is the median of all complete trials: what settings drawn blindly come to. `tuned` is the trial that noisy
    validation chose. `oracle` is the best of all by test labels, which nobody could have chosen.
    """

    untuned: float
    tuned: float
    oracle: float

    def to_json(self) -> dict[str, float]:
        """The shape that `report --json` prints."""
        return {"untuned": self.untuned, "tuned": self.tuned, "oracle": self.oracle}


@dataclass(frozen=True)
class LearntStudy:
    """The search of one study: `row` has its trials."""

    row: Row
    measure: Measure
    """What trials were chosen by."""
    answer: Measure | None = None
    """What methods are compared by; None where it cannot be known, since nobody knows the true labels."""

    @property
    def trials(self) -> tuple[Tried, ...]:
        """In the order in which they were drawn."""
        return self.row.tried

    @cached_property
    def best_so_far(self) -> list[float | None]:
        """The best score up to each trial."""
        return best_so_far(self.trials, self.measure)

    @cached_property
    def winner(self) -> Tried | None:
        """The trial that was chosen."""
        return next((trial for trial in self.trials if trial.number == self.row.winner), None)

    @property
    def best_quarter(self) -> list[Tried]:
        """The complete trials that no more than a quarter of the others beat."""
        rank = ranks(self.trials, self.measure)
        return [trial for trial in self.trials if rank.get(trial.number, 0.0) >= GOOD]

    @cached_property
    def tuning_cost(self) -> TuningCost | None:
        """What the choice has cost; None where the search has not read test labels, as it should not.

        Only that of a sweep with `diagnostics: true` has.
        """
        found = [trial.answer for trial in self.trials if trial.complete and trial.answer is not None]
        if self.answer is None or self.winner is None or self.winner.answer is None:
            return None
        return TuningCost(median(found), self.winner.answer, found[self.answer.best(found)])

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints; `vary` and `tuning` only where there are any."""
        row, cost = self.row, self.tuning_cost
        return {"noise": row.noise, "rate": row.rate, **({"vary": row.vary} if row.vary else {}),
                "trials": [trial.to_json() for trial in self.trials], "best_so_far": self.best_so_far,
                "winner": self.winner.number if self.winner else None,
                **({"tuning": cost.to_json()} if cost else {})}
