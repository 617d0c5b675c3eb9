"""Results and suspects as pandas frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sat_sweep.home import Result, condition_label

if TYPE_CHECKING:
    import pandas


def results_frame(results: Iterable[Result]) -> pandas.DataFrame:
    """A row per finished trial: what it was, its searched settings, and the metrics of its last epoch."""
    import pandas

    return pandas.DataFrame([_row(result) for result in results])


def _row(result: Result) -> dict[str, Any]:
    metrics = result.history[-1]["metrics"] if result.history else {}
    return {
        "method": result.method, "condition": condition_label(result.noise, result.vary), "rate": result.rate,
        "stage": result.stage, "number": result.number, "seed": result.seed, "state": result.state,
        "score": result.value, "error_rate": result.error_rate, "epochs": len(result.history),
        "seconds": result.ended - result.started, **result.values, **metrics,
    }


def suspects_frame(lines: Iterable[dict[str, Any]]) -> pandas.DataFrame:
    """A row per example as `suspects.csv` has it."""
    import pandas

    return pandas.DataFrame(list(lines))
