"""A row of a report: what one study came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sat_sweep.home import Result, condition_label
from sat_sweep.report.statistics import Difference, Summary

if TYPE_CHECKING:
    from sat_sweep.report.learnt.tried import Tried

Epoch = Literal["last", "best"]
"""Which weights of a trial are judged: after the last epoch, or after the best one by noisy validation."""


@dataclass(frozen=True)
class Measured:
    """A measure by seed, its summary, and its paired difference to the baseline under the same condition.

    `difference` is None for the baseline itself and where no seed has both.
    """

    by_seed: dict[int, float]
    summary: Summary
    difference: Difference | None = None


@dataclass(frozen=True)
class TrialCounts:
    """How trials ended."""

    complete: int = 0
    pruned: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All together."""
        return self.complete + self.pruned + self.failed

    def to_json(self) -> dict[str, int]:
        """The shape that `report --json` prints."""
        return {"complete": self.complete, "pruned": self.pruned, "failed": self.failed}


@dataclass(frozen=True)
class Row:
    """A study: one method under one condition.

    `last` and `best` are of the measure that the task compares methods by, `gap` is what the last epoch has over the
    best, paired by seed, None where no seed has both. `further` are the summaries of the task's other test measures,
    by name. `trials` counts the search, `confirmed` the seeds that were run; `error_rate` is the
    realised share of wrong labels, None if unknown. `settings` are the winner's searched values, `score` is what made
    it win. `vary` is the point of the `vary` block, empty without one. `told` is what its method knows that others do
    not, in words. `tried` are the search trials that count, in the order in which they were drawn,
    `winner` is the number of the one that won.
    """

    key: str
    method: str
    noise: str
    rate: float | None
    error_rate: float | None
    last: Measured
    best: Measured
    trials: TrialCounts
    confirmed: TrialCounts
    settings: dict[str, Any]
    score: float | None
    failures: tuple[str, ...]
    confirmations: tuple[Result, ...] = field(repr=False)
    vary: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Summary] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = field(default=(), repr=False)
    winner: int | None = None
    gap: Summary | None = None

    @property
    def condition(self) -> str:
        """`symmetric-0.4`, or `symmetric-0.4 model.width=16` in a sweep that varies something."""
        return condition_label(self.noise, self.vary)

    @property
    def seeds(self) -> int:
        """How many seeds have a value."""
        return self.last.summary.count

    def measured(self, epoch: Epoch) -> Measured:
        """`last` or `best`."""
        return self.best if epoch == "best" else self.last

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints; `gap`, `vary`, `measures` and `told` only where there are any."""
        both = {"last": self.last, "best": self.best}
        return {
            "method": self.method, "noise": self.noise, "rate": self.rate, "error_rate": self.error_rate,
            "seeds": self.seeds, **{epoch: measured.summary.to_json() for epoch, measured in both.items()},
            "trials": self.trials.to_json(), "settings": self.settings,
            "difference": {epoch: measured.difference and measured.difference.to_json()
                           for epoch, measured in both.items()},
            **({"gap": self.gap.to_json()} if self.gap else {}),
            **({"vary": self.vary} if self.vary else {}),
            **({"measures": {name: summary.to_json() for name, summary in self.further.items()}}
               if self.further else {}),
            **({"told": list(self.told)} if self.told else {}),
        }
