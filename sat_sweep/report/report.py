"""What a report consists of, before it becomes a table, a figure or a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sat_sweep.home import SweepRecord
from sat_sweep.report.budget import BudgetUse
from sat_sweep.report.rows import Epoch, Row
from sat_sweep.report.statistics import Difference

if TYPE_CHECKING:
    from sat_sweep.report.learnt.method import Learnt
    from sat_sweep.tasks import Measure, Task


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
    """A sweep's answer. `record` is the sweep's own, `space_text` the space file as it was given.

    `budget` is None for a sweep without one. `learnt` is what the searches say about settings, by method.
    """

    sweep: str
    rows: tuple[Row, ...]
    compute: Compute
    baseline: str | None
    task: Task
    record: SweepRecord = field(repr=False)
    space_text: str = field(repr=False)
    budget: BudgetUse | None = None
    learnt: tuple[Learnt, ...] = field(default=(), repr=False)

    @property
    def space(self) -> dict[str, Any]:
        """The resolved space file."""
        return self.record.space

    @property
    def state(self) -> str:
        """What the sweep itself says: new, running, stopped, finished."""
        return self.record.state

    @property
    def confirmed(self) -> bool:
        """Whether every study has been confirmed on as many seeds as the file asks for, failed ones included."""
        wanted = self.record.seeds or 1
        return all(row.confirmed.total >= wanted for row in self.rows)

    @property
    def measure(self) -> Measure:
        """What methods are compared by."""
        return self.task.answer

    @property
    def selection(self) -> Measure:
        """What trials and epochs were chosen by."""
        return self.task.selection.measure

    @property
    def also_measured(self) -> list[Measure]:
        """What else is measured of the test part, and of validation inputs without their labels."""
        return [each for each in self.task.measures if each.name != self.measure.name
                and (each.split == "test" or (each.split, each.labels) == ("val", "none"))]

    @property
    def of_training(self) -> list[Measure]:
        """What the task measures of the training part."""
        return [each for each in self.task.measures if each.split == "train"]

    @property
    def further(self) -> list[Measure]:
        """What of it stands in tables: not the points of curves."""
        return [each for each in self.also_measured if each.listed and not each.point]

    @property
    def points(self) -> list[Measure]:
        """What of it is measured along curves, as far as any study has it."""
        known = {name for row in self.rows for name in row.further}
        return [each for each in self.also_measured if each.point and each.name in known]

    @property
    def measured_further(self) -> list[Measure]:
        """What of it any study has: histories of earlier versions lack what was added later."""
        return [each for each in self.further if any(each.name in row.further for row in self.rows)]

    @property
    def judged_by(self) -> Epoch:
        """The epoch that the sweep selected for: `last` or `best`."""
        return "best" if self.block("search").get("select") == "best" else "last"

    @property
    def methods(self) -> list[str]:
        """All methods in table order."""
        return list(dict.fromkeys(row.method for row in self.rows))

    @property
    def apart(self) -> list[Row]:
        """Rows of methods that are told more than others, the last of all; none where every method is."""
        told = [row for row in self.rows if row.told]
        return told if len(told) < len(self.rows) else []

    @property
    def equals(self) -> list[Row]:
        """The rows that are not `apart`: what can be best."""
        return [row for row in self.rows if not row.told] or list(self.rows)

    @property
    def conditions(self) -> list[str]:
        """The labels of all conditions in table order."""
        return list(dict.fromkeys(row.condition for row in self.rows))

    @property
    def varied(self) -> list[str]:
        """The paths of the `vary` block."""
        return list(dict.fromkeys(path for row in self.rows for path in row.vary))

    @property
    def condition_word(self) -> str:
        """What the column of conditions is called: they are noise levels unless something else varies."""
        return "condition" if self.varied else "noise"

    @property
    def comparisons(self) -> list[tuple[Row, Difference]]:
        """Rows with a p-value for their difference to the baseline at the epoch that is judged, and that difference."""
        return [(row, difference) for row in self.rows
                if (difference := row.measured(self.judged_by).difference) is not None and difference.p is not None]

    def at(self, condition: str) -> list[Row]:
        """The rows under one condition."""
        return [row for row in self.rows if row.condition == condition]

    def block(self, name: str) -> dict[str, Any]:
        """A block of the resolved space file, empty if it is not known."""
        content = self.space.get(name)
        return content if isinstance(content, dict) else {}

    def to_json(self) -> dict[str, Any]:
        """The content of `report --json`."""
        return {"sweep": self.sweep, "rows": [row.to_json() for row in self.rows],
                "compute": self.compute.to_json(), **({"budget": self.budget.to_json()} if self.budget else {}),
                **({"search": [each.to_json() for each in self.learnt]} if self.learnt else {})}
