"""What a trial leaves behind: a record per epoch, and the score that selection reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sat_sweep.home.checksum import Damaged
from sat_sweep.home.epochs import is_epoch
from sat_sweep.tasks import Task
from sat_sweep.tasks.measure import Selection


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch, counted from 1.

    `metrics` hold finite numbers alone. `signature` names the state after the epoch; `acts` tells whether anything
    but the base had influence so far; `diverged` says why training ended here, if it did; `trained` is False for an
    epoch that was replayed from the trajectory store, or in which there was nothing left to train.
    """

    epoch: int
    metrics: dict[str, float]
    signature: str
    acts: bool
    diverged: str | None = None
    trained: bool = field(default=True, compare=False)

    def to_json(self) -> dict[str, Any]:
        """As written into result files and states; everything but `trained`."""
        return {"epoch": self.epoch, "metrics": dict(self.metrics), "signature": self.signature, "acts": self.acts,
                "diverged": self.diverged}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> EpochRecord:
        """The record that `to_json` wrote, as replayed; raises Damaged for anything else."""
        if not is_epoch(content):
            raise Damaged("it is no record of an epoch")
        return cls(**content, trained=False)


ROUNDING = 1e-4
"""How far a measure, computed in 32 bits, may lie beyond what it can be."""


def are_possible(metrics: Mapping[str, float], task: Task) -> bool:
    """Whether an epoch can have come to these `metrics`: it took time, and the measures of `task` are in bounds."""
    bounds = {measure.name: measure.bounds for measure in task.measures}
    return metrics.get("epoch_seconds", -1.0) >= 0 and all(
        (low is None or metrics[name] >= low - ROUNDING) and (high is None or metrics[name] <= high + ROUNDING)
        for name, (low, high) in bounds.items() if name in metrics)


def smoothed(values: Sequence[float], window: int) -> list[float]:
    """The trailing mean of up to `window` of `values` at each place."""
    return [sum(part) / len(part) for i in range(len(values)) if (part := values[max(0, i + 1 - window): i + 1])]


def score(history: Sequence[EpochRecord], selection: Selection, select: str, window: int) -> float:
    """What a trial is judged by: the selection's measure per epoch, smoothed over `window` epochs that have it.

    `select` is "last" (the final weights) or "best" (the weights of the best epoch by that same curve). A trial that
    broke down, or without an epoch that was judged, counts with the measure's worst.
    """
    measure = selection.measure
    known = [record.metrics[measure.name] for record in history if measure.name in record.metrics]
    if not known or history[-1].diverged:
        return measure.worst
    curve = smoothed(known, window)
    return curve[measure.best(curve)] if select == "best" else curve[-1]


def best_so_far(history: Sequence[EpochRecord], selection: Selection) -> EpochRecord | None:
    """The record that is best by the selection's measure, the first of equals; None where nothing was validated."""
    judged = [record for record in history if selection.name in record.metrics]
    if not judged:
        return None
    return judged[selection.measure.best([record.metrics[selection.name] for record in judged])]
