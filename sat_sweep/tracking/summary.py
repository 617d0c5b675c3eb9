"""What a study came to, as metrics and parameters of its run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sat_sweep.home import StudyRecord
from sat_sweep.tracking.entries import Point, is_number, safe_name, short

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


def parameters(study: StudyRecord, settings: Mapping[str, Any]) -> dict[str, str]:
    """Method, condition and winning `settings` of a study, by which MLflow compares its run with others."""
    known = {"method": study.method, "noise": study.noise, "rate": study.rate, **study.vary, **settings}
    return {safe_name(name): short(value) for name, value in known.items() if value is not None}


def settings_of(rows: Rows, studies: Iterable[StudyRecord]) -> dict[str, dict[str, Any]]:
    """The winning settings of each study that has a row, by its key."""
    found = {(row["method"], _condition(row["noise"], row.get("vary") or {})): row.get("settings") or {}
             for row in rows}
    return {study.key: found[place] for study in studies
            if (place := (study.method, _condition(study.noise, study.vary))) in found}


def _condition(noise: str, vary: Mapping[str, Any]) -> str:
    return f"{noise} {json.dumps(vary, sort_keys=True)}"


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    numbers = {"rate": row["rate"], "error_rate": row["error_rate"], "seeds": row["seeds"] or None}
    for name, measured in {"last": row["last"], "best": row["best"], **row.get("measures", {})}.items():
        low, high = measured["ci95"] or (None, None)
        numbers |= {f"{name}/mean": measured["mean"], f"{name}/std": measured["std"],
                    f"{name}/low": low, f"{name}/high": high}
    return {name: float(value) for name, value in numbers.items() if is_number(value)}

