"""A report's numbers as metrics that MLflow's own charts can compare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sat_sweep.home import StudyRecord
from sat_sweep.tracking.entries import Point, is_number, metric_name

Rows = Iterable[Mapping[str, Any]]


def study_points(rows: Rows, studies: Iterable[StudyRecord], times: Mapping[str, int]) -> dict[str, list[Point]]:
    """For each study's key what its confirmation measured, at the time its last trial ended."""
    keys = {(study.method, _condition(study.noise, study.vary)): study.key for study in studies}
    found = {}
    for row in rows:
        key = keys.get((row["method"], _condition(row["noise"], row.get("vary") or {})))
        if key is not None and key in times:
            numbers = _numbers(row)
            found[key] = [Point(name, value, times[key], 0) for name, value in numbers.items()]
    return found


def _condition(noise: str, vary: Mapping[str, Any]) -> str:
    return f"{noise} {json.dumps(vary, sort_keys=True)}"


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    numbers = {"rate": row["rate"], "error_rate": row["error_rate"], "seeds": row["seeds"] or None}
    for name, measured in {"last": row["last"], "best": row["best"], **row.get("measures", {})}.items():
        low, high = measured["ci95"] or (None, None)
        numbers |= {f"{name}/mean": measured["mean"], f"{name}/std": measured["std"],
                    f"{name}/low": low, f"{name}/high": high}
    return {name: float(value) for name, value in numbers.items() if is_number(value)}


def summary_points(rows: Rows, time: int) -> list[Point]:
    """A metric per method that draws what methods are compared by against the condition.

    `last/<method>` has the number of the condition as its step, `last_by_percent/<method>` the noise rate
    in percent where levels have rates and nothing else varies.
    """
    rows = [{"vary": {}, **row} for row in rows]
    conditions = list(dict.fromkeys(_condition(row["noise"], row["vary"]) for row in rows))
    return [Point(metric_name(name), value, time, step) for row in rows
            for name, value, step in _by_condition(row, conditions.index(_condition(row["noise"], row["vary"])))]


def _by_condition(row: Mapping[str, Any], number: int) -> Iterator[tuple[str, float, int]]:
    for measure in ("last", "best"):
        mean = row[measure]["mean"]
        if is_number(mean):
            yield f"{measure}/{row['method']}", mean, number
            if row["rate"] is not None and not row["vary"]:
                yield f"{measure}_by_percent/{row['method']}", mean, round(100 * row["rate"])
