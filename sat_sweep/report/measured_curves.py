"""Figures of what is measured along a curve after training, such as risk against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from sat_sweep.report.canvas import finished, grid, in_percent, in_unit, keep, style
from sat_sweep.report.palette import COLOURS, MANY, Look, looks
from sat_sweep.report.ranking import ordered
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.told import labels, marked, note

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure

COLUMNS = 3
"""The most panels side by side."""


def measured_curves(report: Report) -> dict[str, Figure]:
    """A figure by title for each curve that the task measures: a panel per condition, means and 95 % intervals.

    Of more methods than can be told apart it shows the best ones, and the baseline.
    """
    curves: dict[str, list[Measure]] = {}
    for measure in report.points:
        if measure.point is not None:
            curves.setdefault(measure.point.curve, []).append(measure)
    return {title: _figure(report, measures) for title, measures in curves.items()}


def _figure(report: Report, measures: Sequence[Measure]) -> Figure:
    shown = _methods(report)
    rows = [row for row in report.rows if row.method in shown and any(each.name in row.further for each in measures)]
    conditions = list(dict.fromkeys(row.condition for row in rows))
    columns = min(COLUMNS, len(conditions))
    methods = [method for method in report.methods if method in shown]
    look = looks(methods, report.baseline, {row.method for row in report.apart})
    with style():
        figure, panels = grid(ceil(len(conditions) / columns), columns, 2.9 if len(conditions) > 1 else 3.6)
        for panel, condition in zip(panels, conditions, strict=False):
            for row in rows:
                if row.condition == condition:
                    _draw(panel, row, measures, look[row.method])
            panel.set_title(condition)
            in_unit(panel, measures[0])
            if measures[0].point is not None and measures[0].point.unit == "fraction":
                in_percent(panel.xaxis)
        keep(panels, panels[:len(conditions)], columns, measures[0].point.axis if measures[0].point else "")
        return finished(figure, panels, labels(report).values(), note(report))


def _methods(report: Report) -> set[str]:
    """All of them, or as many as there are looks for, the best by the measure that methods are compared by."""
    if len(report.methods) <= MANY:
        return set(report.methods)
    best = [method for method in ordered(report) if method != report.baseline][:len(COLOURS)]
    return {*best, *([report.baseline] if report.baseline else [])}


def _draw(panel: Any, row: Row, measures: Sequence[Measure], look: Look) -> None:
    known = [(measure.point.x, row.further[measure.name]) for measure in measures
             if measure.point is not None and measure.name in row.further]
    places = [place for place, _ in known]
    means = [summary.mean or 0.0 for _, summary in known]
    ends = [summary.ci95 or (mean, mean) for (_, summary), mean in zip(known, means, strict=True)]
    panel.plot(places, means, label=marked(row), **look.line)
    panel.fill_between(places, [low for low, _ in ends], [high for _, high in ends], color=look.colour, alpha=0.12,
                       linewidth=0)
