"""What a report consists of, before it becomes a table, a figure or a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sat_sweep.home import Result
from sat_sweep.report.statistics import Summary


@dataclass(frozen=True)
class Measure:
    """Test accuracies by seed, their summary, and their paired difference to the baseline at the same noise.

    `difference` is None for the baseline itself and where no seed has both.
    """

    by_seed: dict[int, float]
    summary: Summary
    difference: Summary | None = None


@dataclass(frozen=True)
class Counts:
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
    """A study: one method at one noise level.

    `trials` counts the search, `confirmed` the seeds that were run; `error_rate` is the realised share of
    wrong labels, None if unknown. `settings` are the winner's searched values, `score` is what made it win.
    """

    key: str
    method: str
    noise: str
    rate: float | None
    error_rate: float | None
    last: Measure
    best: Measure
    trials: Counts
    confirmed: Counts
    settings: dict[str, Any]
    score: float | None
    failures: tuple[str, ...]
    confirmations: tuple[Result, ...] = field(repr=False)

    @property
    def seeds(self) -> int:
        """How many seeds have a test accuracy."""
        return self.last.summary.count

    def measure(self, name: str) -> Measure:
        """`last` or `best`."""
        return self.best if name == "best" else self.last

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints."""
        return {
            "method": self.method, "noise": self.noise, "rate": self.rate, "error_rate": self.error_rate,
            "seeds": self.seeds, "last": self.last.summary.to_json(), "best": self.best.summary.to_json(),
            "trials": self.trials.to_json(), "settings": self.settings,
        }


@dataclass(frozen=True)
class Compute:
    """What it took: epochs that trials consist of, epochs really trained, seconds from first to last.

    `trial_seconds` adds up the trials' own times, which overlap where there are several workers.
    """

    epochs_requested: int = 0
    epochs_trained: int = 0
    seconds: float = 0.0
    trial_seconds: float = 0.0

    def to_json(self) -> dict[str, float]:
        """The shape that `report --json` prints."""
        return {"epochs_requested": self.epochs_requested, "epochs_trained": self.epochs_trained,
                "seconds": self.seconds}


@dataclass(frozen=True)
class Report:
    """A sweep's answer. `about` is sweep.json, `space_text` the space file as it was given."""

    sweep: str
    rows: tuple[Row, ...]
    compute: Compute
    baseline: str | None
    about: dict[str, Any] = field(repr=False)
    space_text: str = field(repr=False)

    @property
    def space(self) -> dict[str, Any]:
        """The resolved space file."""
        return self.about.get("space") or {}

    @property
    def state(self) -> str:
        """What the sweep itself says: running, stopped, finished."""
        return self.about.get("state") or "unknown"

    @property
    def confirmed(self) -> bool:
        """Whether every study has been confirmed on as many seeds as the file asks for, failed ones included."""
        wanted = self.block("confirm").get("seeds") or 1
        return all(row.confirmed.total >= wanted for row in self.rows)

    @property
    def judged_by(self) -> str:
        """The measure that the sweep selected for: `last` or `best`."""
        return self.block("search").get("select") or "last"

    @property
    def methods(self) -> list[str]:
        """All methods in table order."""
        return list(dict.fromkeys(row.method for row in self.rows))

    @property
    def levels(self) -> list[str]:
        """The labels of all noise levels in table order."""
        return list(dict.fromkeys(row.noise for row in self.rows))

    def at(self, noise: str) -> list[Row]:
        """The rows of one noise level."""
        return [row for row in self.rows if row.noise == noise]

    def block(self, name: str) -> dict[str, Any]:
        """A block of the resolved space file, empty if it is not known."""
        content = self.space.get(name)
        return content if isinstance(content, dict) else {}

    def to_json(self) -> dict[str, Any]:
        """The content of `report --json`."""
        return {"sweep": self.sweep, "rows": [row.to_json() for row in self.rows],
                "compute": self.compute.to_json()}

    def table_text(self) -> str:
        """The answer for a terminal, in plain text."""
        from sat_sweep.report.table import table_text

        return table_text(self)
