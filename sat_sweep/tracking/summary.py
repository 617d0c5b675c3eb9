"""A report's numbers as metrics that MLflow's own charts can compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sat_sweep.tracking.entries import Point, is_number, metric_name

Rows = Iterable[Mapping[str, Any]]


def study_points(rows: Rows, keys: Mapping[tuple[str, str], str],
                 times: Mapping[str, int]) -> dict[str, list[Point]]:
    """For each study's key its confirmed accuracies, at the time its last trial ended."""
    found = {}
    for row in rows:
        key = keys.get((row["method"], row["noise"]))
        if key is not None and key in times:
            numbers = _numbers(row)
            found[key] = [Point(name, value, times[key], 0) for name, value in numbers.items()]
    return found


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    numbers = {"rate": row["rate"], "error_rate": row["error_rate"], "seeds": row["seeds"] or None}
    for measure in ("last", "best"):
        low, high = row[measure]["ci95"] or (None, None)
        numbers |= {f"{measure}/mean": row[measure]["mean"], f"{measure}/std": row[measure]["std"],
                    f"{measure}/low": low, f"{measure}/high": high}
    return {name: float(value) for name, value in numbers.items() if is_number(value)}


def summary_points(rows: Rows, time: int) -> list[Point]:
    """A metric per method that draws accuracy against noise.

    `last/<method>` has the number of the noise level as its step, `last_by_percent/<method>` the noise rate
    in percent where levels have rates.
    """
    rows = list(rows)
    levels = list(dict.fromkeys(row["noise"] for row in rows))
    return [Point(metric_name(name), value, time, step) for row in rows
            for name, value, step in _by_noise(row, levels.index(row["noise"]))]


def _by_noise(row: Mapping[str, Any], level: int) -> Iterator[tuple[str, float, int]]:
    for measure in ("last", "best"):
        mean = row[measure]["mean"]
        if is_number(mean):
            yield f"{measure}/{row['method']}", mean, level
            if row["rate"] is not None:
                yield f"{measure}_by_percent/{row['method']}", mean, round(100 * row["rate"])
