"""The report as CSV: one line per study, fractions as fractions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sat_sweep.report.report import Report
from sat_sweep.report.rows import Measured, Row
from sat_sweep.report.statistics import Summary


def csv_text(report: Report) -> str:
    """All numbers of the table, with the value of every seed; empty where a number is missing."""
    lines = [_line(report, row) for row in report.rows]
    return as_csv(list(lines[0]) if lines else ["sweep"], lines)


def as_csv(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> str:
    """Lines with a value for each of `columns`. What a spreadsheet would compute, of text alone, is kept from it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_shown, columns))
    writer.writerows([_shown(line[column]) for column in columns] for line in lines)
    return text.getvalue()


def _shown(value: Any) -> Any:
    """A text that a spreadsheet takes for a formula begins with an apostrophe, by which it is one no more."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
