"""The figure of many methods: a row for each, from the best to the worst, a panel for each condition."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import ceil
from typing import Any

from matplotlib.figure import Figure

from sat_sweep.report.canvas import grid, in_unit, style
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.told import labels, note

COLUMNS = 5
LAST, BEST, BASE = "#0072b2", "#e69f00", "#4d4d4d"
REACH = 3.0
"""What lies farther from the middle half of all means than this many times its width stands at the edge."""


def ranking(report: Report) -> Figure:
    """The compared measure by method: last epoch with 95 % intervals, best epoch beside it, the baseline as a line.

    Methods are in the order of their mean over all conditions, those that are told more below the others.
    """
    with style():
        methods, shown = ordered(report), report.conditions
        columns = ceil(len(shown) / ceil(len(shown) / COLUMNS))
        figure, panels = grid(ceil(len(shown) / columns), columns, 1.0 + 0.17 * len(methods), sharex=False, sharey=True)
        for panel, condition in zip(panels, shown, strict=False):
            _draw(panel, report, condition, methods)
        for panel in panels[len(shown):]:
            panel.set_visible(False)
        names = labels(report)
        panels[0].set_yticks(range(len(methods)), [names[method] for method in methods])
        panels[0].set_ylim(len(methods) - 0.5, -0.5)
        base = f", {report.baseline} (line)" if report.baseline else ""
        title = f"{report.measure.title}: last epoch (filled), best epoch (ring){base}"
        figure.suptitle("\n".join(filter(None, [title, note(report)])), x=0.01, ha="left", fontsize=9)
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        return figure


def ordered(report: Report) -> list[str]:
    """The methods from the best to the worst by their mean over all conditions, those told more last."""
    told = {row.method for row in report.apart}

    def place(method: str) -> tuple[bool, float]:
        means = [row.last.summary.mean for row in report.rows if row.method == method and row.last.by_seed]
        known = [mean for mean in means if mean is not None]
        return method in told, -report.measure.sign * statistics.fmean(known) if known else float("inf")

    return sorted(report.methods, key=place)


def _draw(panel: Any, report: Report, condition: str, methods: Sequence[str]) -> None:
    rows = {row.method: row for row in report.at(condition)}
    low, high = _limits([row for row in rows.values() if row.last.by_seed])
    for place, method in enumerate(methods):
        if method in rows and rows[method].last.by_seed:
            _draw_row(panel, rows[method], place, low, high, BASE if method == report.baseline else LAST)
    base = rows.get(report.baseline or "")
    if base is not None and base.last.summary.mean is not None:
        panel.axvline(base.last.summary.mean, color=BASE, linewidth=0.8, zorder=0)
    if told := len({row.method for row in report.apart}):
        panel.axhline(len(methods) - told - 0.5, color="#5b636b", linewidth=1.2)
    panel.set_xlim(low, high)
    panel.set_title(condition)
    in_unit(panel, report.measure, "xaxis")


def _draw_row(panel: Any, row: Row, place: int, low: float, high: float, colour: str) -> None:
    """A mark with its interval; at the edge, as an arrow, where the mean lies beyond."""
    mean = row.last.summary.mean or 0.0
    if not low <= mean <= high:
        panel.plot([min(max(mean, low), high)], [place], "<" if mean < low else ">", color=colour, markersize=5,
                   clip_on=False)
        return
    ends = row.last.summary.ci95 or (mean, mean)
    panel.plot(ends, [place, place], color=colour, linewidth=1.2, solid_capstyle="butt")
    best = row.best.summary.mean if row.best.by_seed else None
    if best is not None:
        panel.plot([best], [place], "o", color=BEST, markerfacecolor="none", markersize=5)
    panel.plot([mean], [place], "o", color=colour, markersize=3.5)


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """What the horizontal axis shows: all means, but for those far off the middle half of them."""
    means = sorted(row.last.summary.mean or 0.0 for row in rows)
    if len(means) < 2:
        return (means or [0.0])[0] - 0.05, (means or [0.0])[0] + 0.05
    first, _, third = statistics.quantiles(means, n=4)
    reach = REACH * (third - first)
    near = [mean for mean in means if first - reach <= mean <= third + reach]
    spare = 0.08 * (near[-1] - near[0]) or 0.01
    return near[0] - spare, near[-1] + spare
