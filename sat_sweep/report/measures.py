"""The two numbers that a confirm trial is worth by a measure, and curves over epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sat_sweep.home import Result
from sat_sweep.report.rows import Epoch, Measured
from sat_sweep.report.statistics import Bounds, interval, within

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure, Selection


def value_at(epoch: Epoch, result: Result, measure: Measure, selection: Selection) -> float | None:
    """`measure` at the last epoch or at the best one; None where it was not measured."""
    return at_best_epoch(result, measure, selection) if epoch == "best" else at_last_epoch(result, measure)


def at_last_epoch(result: Result, measure: Measure) -> float | None:
    """`measure` at the end of training, wherever training ended; None if it was never measured."""
    return next((value for value in reversed(result.curve(measure.name)) if value is not None), None)


def at_best_epoch(result: Result, measure: Measure, selection: Selection) -> float | None:
    """`measure` at the epoch that is best by the measure that may decide, the first of equals.

    None without validation: picking the epoch by test labels would be reading the answer.
    """
    both = zip(result.curve(selection.name), result.curve(measure.name), strict=True)
    known = [(deciding, value) for deciding, value in both if deciding is not None and value is not None]
    return known[selection.measure.best([deciding for deciding, _ in known])][1] if known else None


def measured(results: Sequence[Result], measure: Measure, epoch: Epoch, selection: Selection) -> Measured:
    """`measure` by seed at the last or the best epoch.

    A seed that failed counts with what it had reached: leaving it out would reward the failure.
    """
    values = {result.seed: value_at(epoch, result, measure, selection) for result in results}
    by_seed = {seed: value for seed, value in values.items() if value is not None}
    return Measured(by_seed, interval(list(by_seed.values()), measure.bounds))


@dataclass(frozen=True)
class Curve:
    """A metric epoch by epoch: the mean over seeds, and one standard deviation to either side."""

    epochs: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def mean_curve(results: Sequence[Result], metric: str, bounds: Bounds = (None, None)) -> Curve:
    """`metric` over the seeds that have it at an epoch; epochs that none has are absent.

    `low` and `high` end at `bounds`, the least and the greatest value that is possible.
    """
    curves = [result.curve(metric) for result in results]
    points = []
    for index in range(max(map(len, curves), default=0)):
        summary = interval([value for curve in curves if (value := _at(curve, index)) is not None])
        if summary.mean is not None:
            points.append((index + 1, summary.mean, summary.std or 0.0))
    return Curve(
        epochs=tuple(epoch for epoch, _, _ in points), mean=tuple(mean for _, mean, _ in points),
        low=tuple(within(mean - std, bounds) for _, mean, std in points),
        high=tuple(within(mean + std, bounds) for _, mean, std in points),
    )


def _at(curve: Sequence[float | None], index: int) -> float | None:
    return curve[index] if index < len(curve) else None
