"""The report as CSV: one line per study, accuracies as fractions."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from sat_sweep.report.model import Measure, Report, Row
from sat_sweep.report.statistics import Summary


def csv_text(report: Report) -> str:
    """All numbers of the table, with the value of every seed; empty where a number is missing."""
    lines = [_line(report.sweep, row) for row in report.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]) if lines else ["sweep"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(sweep: str, row: Row) -> dict[str, Any]:
    return {
        "sweep": sweep, "method": row.method, "noise": row.noise, "rate": row.rate,
        "error_rate": row.error_rate, "seeds": row.seeds,
        **_measured("last", row.last), **_measured("best", row.best),
        **row.trials.to_json(), "confirm_failed": row.confirmed.failed, "settings": json.dumps(row.settings),
    }


def _measured(name: str, measure: Measure) -> dict[str, Any]:
    by_seed = " ".join(f"{seed}:{value!r}" for seed, value in sorted(measure.by_seed.items()))
    return {**_numbers(name, measure.summary), **_numbers(f"{name}_difference", measure.difference),
            f"{name}_by_seed": by_seed}


def _numbers(name: str, summary: Summary | None) -> dict[str, Any]:
    mean, std, ci95 = (summary.mean, summary.std, summary.ci95) if summary else (None, None, None)
    low, high = ci95 or (None, None)
    return {f"{name}_mean": mean, f"{name}_std": std, f"{name}_low": low, f"{name}_high": high}
