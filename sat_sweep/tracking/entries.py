"""A result as MLflow will see it: parameters, tags and metric points, as plain data.

The same result gives the same entries to the millisecond, so that mirroring it again adds nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any, NamedTuple

from sat_sweep.home import Result

MAX_VALUE = 500
"""Characters of a parameter or tag; what is longer, such as a noise matrix, is in the result file."""


class Point(NamedTuple):
    """One value of one metric; `time` in milliseconds since 1970."""

    name: str
    value: float
    time: int
    step: int


def fingerprint(result: Result) -> str:
    """Names the content of a result, so that a changed one is noticed."""
    return sha256(json.dumps(asdict(result), sort_keys=True).encode()).hexdigest()[:16]


def milliseconds(seconds: float) -> int:
    """MLflow's unit of time."""
    return round(seconds * 1000)


def points(result: Result) -> list[Point]:
    """Every finite metric of every epoch, and `value`, the selection score, at the end.

    Results do not say when an epoch ended; epochs are spread evenly over the trial's time.
    """
    length = max(1, len(result.history))
    found = []
    for index, record in enumerate(result.history, start=1):
        time = milliseconds(result.started + (result.ended - result.started) * index / length)
        found += [Point(metric_name(name), float(value), time, record["epoch"])
                  for name, value in record["metrics"].items() if is_number(value)]
    if is_number(result.value):
        found.append(Point("value", float(result.value), milliseconds(result.ended), length))  # type: ignore[arg-type]
    return found


def parameters(result: Result) -> dict[str, str]:
    """The whole spec, flat, with the searched values under the names that the search has for them."""
    flat = {name.removeprefix("parameters."): value for name, value in leaves(result.spec)}
    return {safe_name(name): short(value) for name, value in {**flat, **result.values}.items()}


def tags(result: Result) -> dict[str, str]:
    """What a trial can be found by, under `sat_sweep.`; what is unknown is absent."""
    known = {
        "sweep": result.sweep, "study": result.study, "trial": result.name, "method": result.method,
        "noise": result.noise, "rate": result.rate, "stage": result.stage, "seed": result.seed,
        "vary": result.vary or None, "state": result.state, "reason": result.reason, "error_rate": result.error_rate,
        "corrupted_inputs": result.corrupted_inputs or None,
        "epochs_trained": result.epochs_trained,
        "versions": result.versions or None, "result": fingerprint(result),
    }
    return {f"sat_sweep.{name}": short(value) for name, value in known.items() if value is not None}


def leaves(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """`training.optimizer.lr` and its value, for every entry that is no mapping."""
    for name, value in content.items():
        path = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping):
            yield from leaves(value, path)
        else:
            yield path, value


def short(value: Any) -> str:
    """A value as text of at most MAX_VALUE characters; lists and mappings as JSON."""
    text = json.dumps(value) if isinstance(value, list | tuple | dict) else str(value)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def metric_name(name: str) -> str:
    """`name` with `+` as `-` and whatever else MLflow refuses as `_`."""
    return safe_name(name.replace("+", "-"))


def safe_name(name: str) -> str:
    """`name` without characters that MLflow refuses."""
    return re.sub(r"[^\w\-./: ]", "_", name)


def is_number(value: Any) -> bool:
    """Whether it can be drawn: a number, and finite."""
    return isinstance(value, int | float) and math.isfinite(value)
