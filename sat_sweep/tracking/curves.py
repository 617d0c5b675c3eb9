"""How each method fares as noise grows, as runs whose metrics have the noise rate as their step.

One run per method, so that MLflow's own chart of `robustness/last` has a line for each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sat_sweep.home import condition_label
from sat_sweep.tracking.entries import Point, is_number, safe_name, short

EPOCHS = ("last", "best")
KIND = "method"
"""The tag by which these runs are told from others."""


@dataclass(frozen=True)
class Curve:
    """A method in a sweep; where conditions differ in more than their noise rate, there are several of it.

    `points` have the noise rate in percent as their step: the rate that was asked for, else the share of labels that
    really were wrong, else the number of the level.
    """

    name: str
    parameters: dict[str, str]
    points: tuple[Point, ...]

    @property
    def tags(self) -> dict[str, str]:
        """What its run is found by, with a fingerprint of what it shows."""
        content = json.dumps([self.name, self.parameters, self.points])
        return {"sat_sweep.kind": KIND, "sat_sweep.curve": self.name, "sat_sweep.method": self.parameters["method"],
                "sat_sweep.result": sha256(content.encode()).hexdigest()[:16]}


def curves(rows: Sequence[Mapping[str, Any]], time: int) -> list[Curve]:
    """The curves in the order of the report's `rows`; their points are of `time`, in milliseconds since 1970."""
    kinds = {row["noise"]: _kind(row) for row in rows}
    several = len(set(kinds.values())) > 1 and all(row["rate"] is not None for row in rows)
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        group = condition_label(kinds[row["noise"]] if several else "", row.get("vary") or {})
        grouped.setdefault((row["method"], group), []).append(row)
    return [_curve(method, group, found, time) for (method, group), found in grouped.items()]


def _kind(row: Mapping[str, Any]) -> str:
    return str(row["noise"]).removesuffix(f"-{row['rate']}")


def _curve(method: str, group: str, rows: Sequence[Mapping[str, Any]], time: int) -> Curve:
    points = [Point(f"robustness/{epoch}", float(row[epoch]["mean"]), time, _percent(row, number))
              for number, row in enumerate(rows) for epoch in EPOCHS if is_number(row[epoch]["mean"])]
    asked = {"method": method, **(rows[0].get("vary") or {}), **({"noise": group} if group else {})}
    return Curve(" ".join(filter(None, [method, group])),
                 {safe_name(name): short(value) for name, value in asked.items()}, tuple(points))


def _percent(row: Mapping[str, Any], number: int) -> int:
    rate = row["rate"] if row["rate"] is not None else row["error_rate"]
    return number if rate is None else round(100 * rate)
