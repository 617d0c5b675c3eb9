"""What a sweep's budget was, what was taken of it, and what was not searched for its sake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sat_sweep.home import SweepRecord
from sat_sweep.home.time_taken import Span, running_seconds, summed_seconds

HOUR = 3600.0


@dataclass(frozen=True)
class BudgetUse:
    """Hours that the sweep was allowed and took; `gpu_hours` are those of all trials together times their GPUs.

    `unsearched` has how many trials were not searched, or do not count since another study did not get as far, by
    study; {} where the search was not ended.
    """

    hours: float | None
    gpu_hours: float | None
    hours_taken: float
    gpu_hours_taken: float
    unsearched: dict[str, int] = field(default_factory=dict)

    @property
    def ended_search(self) -> bool:
        """Whether it has ended the search."""
        return bool(self.unsearched)

    @property
    def limits(self) -> list[tuple[float, float, str]]:
        """What is limited: to how much, how much was taken, and in what."""
        each = ((self.hours, self.hours_taken, "hours"), (self.gpu_hours, self.gpu_hours_taken, "GPU hours"))
        return [(limit, taken, word) for limit, taken, word in each if limit is not None]

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints."""
        return {**vars(self), "search_ended": self.ended_search}


def budget_use(record: SweepRecord, spans: list[Span]) -> BudgetUse | None:
    """What a sweep whose trials ran in `spans` has made of its budget; None for one that has none."""
    budget = record.space.get("budget")
    if not budget:
        return None
    unsearched = {study.key: study.trials - record.searched[study.key] for study in record.studies
                  if record.searched.get(study.key, study.trials) < study.trials}
    return BudgetUse(budget.get("hours"), budget.get("gpu_hours"), running_seconds(spans) / HOUR,
                     summed_seconds(spans) / HOUR * _gpus(record), unsearched)


def _gpus(record: SweepRecord) -> float:
    gpus = (record.space.get("resources") or {}).get("gpus", 0.0)
    return 1 / record.trials_per_gpu if gpus == "auto" and record.trials_per_gpu else 0.0 if gpus == "auto" else gpus
