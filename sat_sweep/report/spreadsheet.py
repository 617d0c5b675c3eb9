"""The report as CSV: one line per study, fractions as fractions."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from sat_sweep.report.report import Report
from sat_sweep.report.rows import Measured, Row
from sat_sweep.report.statistics import Summary


def csv_text(report: Report) -> str:
    """All numbers of the table, with the value of every seed; empty where a number is missing."""
    lines = [_line(report, row) for row in report.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]) if lines else ["sweep"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(report: Report, row: Row) -> dict[str, Any]:
    further = [_numbers(measure.name, row.further.get(measure.name)) for measure in report.further]
    line = {
        "sweep": report.sweep, "method": row.method, **_told(report, row), "noise": row.noise, "rate": row.rate,
        **{path: row.vary.get(path) for path in report.varied},
        "error_rate": row.error_rate, "seeds": row.seeds,
        **_measured("last", row.last), **_measured("best", row.best),
        **row.trials.to_json(), "confirm_failed": row.confirmed.failed, "settings": json.dumps(row.settings),
    }
    for numbers in further:
        line |= numbers
    return line


def _told(report: Report, row: Row) -> dict[str, str]:
    return {"told": "; ".join(row.told)} if any(each.told for each in report.rows) else {}


def _measured(name: str, measured: Measured) -> dict[str, Any]:
    by_seed = " ".join(f"{seed}:{value!r}" for seed, value in sorted(measured.by_seed.items()))
    difference = measured.difference
    return {**_numbers(name, measured.summary), **_numbers(f"{name}_difference", difference),
            f"{name}_p": difference and difference.p, f"{name}_p_holm": difference and difference.p_holm,
            f"{name}_by_seed": by_seed}


def _numbers(name: str, summary: Summary | None) -> dict[str, Any]:
    mean, std, ci95 = (summary.mean, summary.std, summary.ci95) if summary else (None, None, None)
    low, high = ci95 or (None, None)
    return {f"{name}_mean": mean, f"{name}_std": std, f"{name}_low": low, f"{name}_high": high}
