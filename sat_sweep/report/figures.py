"""The figures of a report: what methods come to, and how they get there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.figure import Figure

from sat_sweep.report.axis import Axis, axis_of
from sat_sweep.report.canvas import finished, grid, in_unit, keep, style
from sat_sweep.report.measures import mean_curve, measured
from sat_sweep.report.palette import COLOURS, MANY, Look, looks
from sat_sweep.report.ranking import ordered, ranking
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Epoch, Measured, Row
from sat_sweep.report.told import labels, marked, note
from sat_sweep.tasks.measure import fraction

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure

EPOCHS: tuple[Epoch, ...] = ("last", "best")
MARKS = 8
"""Marks along a learning curve, where there are more methods than colours."""
TOGETHER = 7
"""Of many methods so many are drawn in one figure of learning curves."""
COLUMNS = 4
"""The most panels side by side."""
MEMORISATION = (
    fraction("train/memorized", "train", "true", "wrong labels memorised", "lower"),
    fraction("train/corrected", "train", "true", "wrong labels seen through"),
)
"""What training itself measures, whatever the task."""
FITTED = fraction("train/noisy_accuracy", "train", "given", "accuracy on training labels")
"""What stands beside the compared measure where a setting varies: when does a network fit its labels?"""


def robustness(report: Report) -> Figure:
    """The compared measure against noise, or what else varies: means, 95 % intervals, every seed faintly.

    `last` stands beside `best`, and beside both how well training labels are fitted where a setting varies. Conditions
    that differ in more than the axis shows have panels of their own; then these stand one above the other. Of more
    methods than can be told apart it is their `ranking`.
    """
    if len(report.methods) > MANY:
        return ranking(report)
    with style():
        axis = axis_of(report)
        groups = list(dict.fromkeys(axis.panels.values())) or [""]
        compared = _compared(report)
        down = ceil(len(groups) / COLUMNS)
        across = ceil(len(groups) / down)
        rows, columns = (1, len(compared)) if len(groups) == 1 else (down * len(compared), across)
        alike = len({(each.measure.unit, each.measure.better) for each in compared}) == 1
        figure, panels = grid(rows, columns, 3.6 if rows == 1 else 2.9, sharey=alike)
        shown = []
        for number, each in enumerate(compared):
            for panel, group in zip(panels[number * across * down:], groups, strict=False):
                _draw_measure(panel, report, axis, each, group)
                shown.append(panel)
        keep(panels, shown, columns, axis.label)
        return finished(figure, panels, labels(report).values(), note(report))


class _Compared(NamedTuple):
    """A measure at an epoch, of each row."""

    measure: Measure
    epoch: Epoch
    of: Callable[[Row], Measured]


def _compared(report: Report) -> list[_Compared]:
    """What a panel or row of panels is for each."""
    known = [epoch for epoch in EPOCHS if any(row.measured(epoch).by_seed for row in report.rows)] or ["last"]
    found = [_Compared(report.measure, epoch, partial(Row.measured, epoch=epoch)) for epoch in known]
    selection = report.task.selection
    fitted = _Compared(FITTED, "last", lambda row: measured(row.confirmations, FITTED, "last", selection))
    shown = report.varied and any(fitted.of(row).by_seed for row in report.rows)
    return [*found, *([fitted] if shown else [])]


def _draw_measure(panel: Any, report: Report, axis: Axis, compared: _Compared, group: str) -> None:
    """One line per method through the conditions of `group`."""
    look, label = _looks(report), labels(report)
    for index, method in enumerate(report.methods):
        shift = (index - (len(report.methods) - 1) / 2) * axis.spacing * min(0.07, 0.6 / len(report.methods))
        found = {axis.places[row.condition] + shift: compared.of(row) for row in report.rows
                 if row.method == method and compared.of(row).by_seed and axis.panels[row.condition] == group}
        _draw_method(panel, dict(sorted(found.items())), look[method], label[method], beside=axis.spacing * 0.025)
    panel.set_title(f"{compared.measure.title}, {compared.epoch} epoch" + (f"\n{group}" if group else ""))
    panel.set_xticks(list(axis.ticks), list(axis.ticks.values()))
    if len(axis.ticks) == 1:
        panel.set_xlim(-1, 1)
    in_unit(panel, compared.measure)


def _draw_method(panel: Any, measured: Mapping[float, Measured], look: Look, label: str, beside: float) -> None:
    """One line through the means at their places; the seeds stand a little `beside`."""
    summaries = [each.summary for each in measured.values()]
    means = [summary.mean or 0.0 for summary in summaries]
    ends = [summary.ci95 or (mean, mean) for summary, mean in zip(summaries, means, strict=True)]
    reach = [[mean - low for mean, (low, _) in zip(means, ends, strict=True)],
             [high - mean for mean, (_, high) in zip(means, ends, strict=True)]]
    seeds = [(place + beside, value) for place, each in measured.items() for value in each.by_seed.values()]
    panel.plot([place for place, _ in seeds], [value for _, value in seeds], ".", color=look.colour,
               alpha=0.4, markersize=4, markeredgewidth=0)
    panel.errorbar(list(measured), means, yerr=reach, markersize=4.5, capsize=2.5, label=label, **look.line,
                   **look.mark)


def learning(report: Report, condition: str) -> list[Figure]:
    """Measures, memorisation and correction by epoch under one condition; mean and deviation over seeds.

    Many methods have several figures, from the best to the worst, each with the baseline to compare with.
    """
    rows = {row.method: row for row in report.at(condition) if row.confirmations}
    if len(rows) <= MANY:
        return [_learning(report, list(rows.values()))]
    base = [rows.pop(report.baseline)] if report.baseline in rows else []
    others = [rows[method] for method in ordered(report) if method in rows]
    return [_learning(report, base + others[start: start + TOGETHER]) for start in range(0, len(others), TOGETHER)]


def _learning(report: Report, rows: Sequence[Row]) -> Figure:
    with style():
        shown = [measure for measure in (report.measure, report.selection, *report.further,
                                       *report.of_training, *MEMORISATION)
                 if measure.drawn and any(_has(row, measure) for row in rows)]
        columns = min(2, len(shown)) or 1
        figure, panels = grid(ceil(len(shown) / 2) or 1, columns, 2.7)
        for panel, measure in zip(panels, shown, strict=False):
            _draw_curves(panel, report, rows, measure)
        keep(panels, panels[:len(shown)], columns, "epoch")
        return finished(figure, panels, labels(report).values(), note(report))


def _looks(report: Report) -> dict[str, Look]:
    return looks(report.methods, report.baseline, {row.method for row in report.apart})


def _has(row: Row, measure: Measure) -> bool:
    return any(value is not None for result in row.confirmations for value in result.curve(measure.name))


def _draw_curves(panel: Any, report: Report, rows: Sequence[Row], measure: Measure) -> None:
    look = _looks(report)
    for row in rows:
        curve = mean_curve(row.confirmations, measure.name, measure.bounds)
        marks = {**look[row.method].mark, "markersize": 4, "markevery": max(1, len(curve.epochs) // MARKS)}
        panel.plot(curve.epochs, curve.mean, label=marked(row), **look[row.method].line,
                   **(marks if len(report.methods) > len(COLOURS) + 1 else {}))
        colour = look[row.method].colour
        panel.fill_between(curve.epochs, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
    panel.set_title(measure.title)
    in_unit(panel, measure)
