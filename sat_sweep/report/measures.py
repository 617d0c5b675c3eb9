"""The two numbers that a confirm trial is worth, and their curves over epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sat_sweep.home import Result
from sat_sweep.report.statistics import interval

TEST = "test/accuracy"
VALIDATION = "val/noisy_accuracy"


def last_accuracy(result: Result) -> float | None:
    """Test accuracy at the end of training, wherever training ended; None if it was never measured."""
    return next((value for value in reversed(result.curve(TEST)) if value is not None), None)


def best_accuracy(result: Result) -> float | None:
    """Test accuracy at the epoch with the highest noisy validation accuracy, the first of equals.

    None without validation: picking the epoch by test accuracy would be looking at the answer.
    """
    both = zip(result.curve(VALIDATION), result.curve(TEST), strict=True)
    known = [(validation, test) for validation, test in both if validation is not None and test is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None


@dataclass(frozen=True)
class Curve:
    """A metric epoch by epoch: the mean over seeds, and one standard deviation to either side."""

    epochs: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def mean_curve(results: Sequence[Result], metric: str) -> Curve:
    """`metric` over the seeds that have it at an epoch; epochs that none has are absent."""
    curves = [result.curve(metric) for result in results]
    points = []
    for index in range(max(map(len, curves), default=0)):
        summary = interval([value for curve in curves if (value := _at(curve, index)) is not None])
        if summary.mean is not None:
            points.append((index + 1, summary.mean, summary.std or 0.0))
    return Curve(
        epochs=tuple(epoch for epoch, _, _ in points), mean=tuple(mean for _, mean, _ in points),
        low=tuple(mean - std for _, mean, std in points), high=tuple(mean + std for _, mean, std in points),
    )


def _at(curve: Sequence[float | None], index: int) -> float | None:
    return curve[index] if index < len(curve) else None
