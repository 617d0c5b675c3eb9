"""What a figure is drawn against: a setting that varies and is a number, else the noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sat_sweep.home import condition_label
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row

DECADE = 10.0


@dataclass(frozen=True)
class Axis:
    """Where conditions stand on the horizontal axis, and in which panel.

    `places` and `panels` are by condition; `ticks` are the texts below the places. Conditions that differ in more than
    what the axis shows lie in different panels; `panels` names what else they have in common.
    """

    label: str
    caption: str
    places: dict[str, float]
    panels: dict[str, str]
    ticks: dict[float, str]

    @property
    def spacing(self) -> float:
        """The smallest distance between two places."""
        return min((after - before for before, after in pairwise(sorted(self.ticks))), default=1.0)


def against(report: Report) -> str:
    """What the figure's horizontal axis is, in words."""
    return axis_of(report).caption


def axis_of(report: Report) -> Axis:
    """The first varied setting whose values are numbers, if there is more than one of them; else the noise."""
    for path in report.varied:
        values = [row.vary.get(path) for row in report.rows]
        if len(set(map(repr, values))) > 1 and all(map(_is_number, values)):
            return _varied(report, path)
    return _noise(report)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _varied(report: Report, path: str) -> Axis:
    """At their values, or at their logarithms where they span more than a factor of ten."""
    values = sorted({row.vary[path] for row in report.rows})
    scale: Callable[[float], float] = math.log10 if values[0] > 0 and values[-1] > DECADE * values[0] else float
    return Axis(
        label=path, caption=path, ticks={scale(value): f"{value:g}" for value in values},
        places={row.condition: scale(row.vary[path]) for row in report.rows},
        panels={row.condition: condition_label(row.noise, _without(row, path)) for row in report.rows},
    )


def _without(row: Row, path: str) -> dict[str, Any]:
    return {name: value for name, value in row.vary.items() if name != path}


def _noise(report: Report) -> Axis:
    """At their rates where each level has one, kind by kind, else side by side in the order of the table."""
    rates = {row.noise: row.rate for row in report.rows}
    kinds = {noise: noise.removesuffix(f"-{rate}") for noise, rate in rates.items()}
    known = {noise: float(rate) for noise, rate in rates.items() if rate is not None}
    numeric = len(rates) > 1 and len({(kinds[noise], rate) for noise, rate in known.items()}) == len(rates)
    places: Mapping[str, float] = known if numeric else {noise: float(index) for index, noise in enumerate(rates)}
    several = numeric and len(set(kinds.values())) > 1
    kind = "" if several else f" ({report.block('noise').get('kind', 'noise')})"
    return Axis(
        label=f"noise rate{kind}" if numeric else "noise", caption="the noise level",
        ticks={place: f"{place:g}" if numeric else noise for noise, place in places.items()},
        places={row.condition: places[row.noise] for row in report.rows},
        panels={row.condition: condition_label(kinds[row.noise] if several else "", row.vary) for row in report.rows},
    )
