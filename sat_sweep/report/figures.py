"""The figures of a report; the same drawing becomes SVG in the page and PNG beside it.

Matplotlib's figure objects are used directly: pyplot would choose a backend and keep state for the whole
process.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sat_sweep.report.measures import TEST, VALIDATION, mean_curve
from sat_sweep.report.model import Measure, Report, Row
from sat_sweep.report.palette import Look, looks

STYLE: dict[str, Any] = {
    "font.size": 8.5, "axes.titlesize": 9, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#888888", "axes.linewidth": 0.7,
    "axes.grid": True, "grid.color": "#e4e4e4", "grid.linewidth": 0.6, "xtick.color": "#444444",
    "ytick.color": "#444444", "legend.frameon": False, "lines.linewidth": 1.4, "figure.facecolor": "white",
    "text.parse_math": False,   # a noise column may well be called a$b$
    "svg.fonttype": "none",     # text stays text: it can be found, copied and read aloud
    "svg.hashsalt": "sat-sweep",
}
WIDTH = 9.0
PANELS = (
    (TEST, "test accuracy"), (VALIDATION, "accuracy on noisy validation labels"),
    ("train/memorized", "wrong labels memorised"), ("train/corrected", "wrong labels seen through"),
)


@contextmanager
def style() -> Iterator[None]:
    """The look of all figures, whatever the user's matplotlib settings are."""
    with rc_context():
        from matplotlib import rcdefaults

        rcdefaults()
        with rc_context(STYLE):
            yield


def robustness(report: Report) -> Figure:
    """Test accuracy against noise level, `last` beside `best`: means, 95 % intervals, every seed faintly."""
    with style():
        names = [name for name in ("last", "best") if any(row.measure(name).by_seed for row in report.rows)]
        figure, panels = _panels(1, max(1, len(names)), 3.6, sharey=True)
        for panel, name in zip(panels, names, strict=False):
            _draw_measure(panel, report, name)
        return _finished(figure, panels, report)


def learning(report: Report, noise: str) -> Figure:
    """Accuracy, memorisation and correction by epoch at one noise level; mean and deviation over seeds."""
    with style():
        rows = [row for row in report.at(noise) if row.confirmations]
        shown = [(metric, title) for metric, title in PANELS if any(_has(row, metric) for row in rows)]
        figure, panels = _panels((len(shown) + 1) // 2 or 1, min(2, len(shown)) or 1, 2.7)
        for panel, (metric, title) in zip(panels, shown, strict=False):
            _draw_curves(panel, report, rows, metric, title)
        for panel in panels[len(shown):]:
            panel.set_visible(False)
        for panel in panels[max(0, len(shown) - 2): len(shown)]:  # the lowest of each column
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("epoch")
        return _finished(figure, panels, report)


def svg(figure: Figure, name: str) -> str:
    """An `<svg>` element that scales with the page; the same figure always gives the same text.

    `name` keeps the identifiers of several drawings in one page apart.
    """
    text = io.StringIO()
    with style(), rc_context({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg"):]
    return re.sub(r' (width|height)="[^"]*pt"', "", drawing, count=2)


def png(figure: Figure) -> bytes:
    """The same as pixels."""
    content = io.BytesIO()
    with style():
        figure.savefig(content, format="png", dpi=160, metadata={"Software": None})
    return content.getvalue()


def _panels(rows: int, columns: int, height: float, *, sharey: bool = False) -> tuple[Figure, list[Any]]:
    figure = Figure(figsize=(WIDTH, rows * height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=sharey)
    return figure, list(grid.flat)


def _finished(figure: Figure, panels: Sequence[Any], report: Report) -> Figure:
    """Percent on every vertical axis, one legend for all panels, everything in its place once for SVG and PNG."""
    for panel in panels:
        panel.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
    found: dict[str, Any] = {}
    for panel in panels:
        handles, labels = panel.get_legend_handles_labels()
        found |= zip(labels, handles, strict=True)
    known = [method for method in report.methods if method in found]
    if known:
        columns = min(8, len(known))
        figure.legend([found[method] for method in known], known, loc="outside upper left", ncols=columns)
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    return figure


# Robustness

@dataclass(frozen=True)
class Axis:
    """Where the noise levels stand on the horizontal axis; `numeric` if at their rates."""

    places: dict[str, float]
    numeric: bool

    @property
    def spacing(self) -> float:
        """The smallest distance between two levels."""
        ordered = sorted(self.places.values())
        return min((after - before for before, after in pairwise(ordered)), default=1.0)

    @property
    def labels(self) -> list[str]:
        """What is written below the ticks."""
        return [f"{place:g}" for place in self.places.values()] if self.numeric else list(self.places)


def _axis(report: Report) -> Axis:
    rates = {row.noise: row.rate for row in report.rows}
    known = [rate for rate in rates.values() if rate is not None]
    if len(rates) > 1 and len(set(known)) == len(rates):
        return Axis({noise: float(rate) for noise, rate in rates.items() if rate is not None}, numeric=True)
    return Axis({noise: float(index) for index, noise in enumerate(rates)}, numeric=False)


def _draw_measure(panel: Any, report: Report, name: str) -> None:
    axis, look = _axis(report), looks(report.methods, report.baseline)
    for index, method in enumerate(report.methods):
        shift = (index - (len(report.methods) - 1) / 2) * axis.spacing * 0.07
        measures = {axis.places[row.noise] + shift: row.measure(name) for row in report.rows
                    if row.method == method and row.measure(name).by_seed}
        _draw_method(panel, measures, look[method], method, beside=axis.spacing * 0.025)
    panel.set_title(f"test accuracy, {name} epoch")
    panel.set_xticks(list(axis.places.values()), axis.labels)
    kind = report.block("noise").get("kind", "noise")
    panel.set_xlabel(f"noise rate ({kind})" if axis.numeric else "noise")
    if len(axis.places) == 1:
        panel.set_xlim(-1, 1)


def _draw_method(panel: Any, measures: Mapping[float, Measure], look: Look, method: str,
                 beside: float) -> None:
    """One line through the means at their places; the seeds stand a little `beside`."""
    summaries = [measure.summary for measure in measures.values()]
    means = [summary.mean or 0.0 for summary in summaries]
    reach = [(ci[1] - ci[0]) / 2 if (ci := summary.ci95) else 0.0 for summary in summaries]
    seeds = [(place + beside, value) for place, measure in measures.items()
             for value in measure.by_seed.values()]
    panel.plot([place for place, _ in seeds], [value for _, value in seeds], ".", color=look.colour,
               alpha=0.4, markersize=4, markeredgewidth=0)
    panel.errorbar(list(measures), means, yerr=reach, color=look.colour, marker=look.marker, markersize=4.5,
                   capsize=2.5, label=method)


# Curves

def _has(row: Row, metric: str) -> bool:
    return any(value is not None for result in row.confirmations for value in result.curve(metric))


def _draw_curves(panel: Any, report: Report, rows: Sequence[Row], metric: str, title: str) -> None:
    look = looks(report.methods, report.baseline)
    for row in rows:
        curve = mean_curve(row.confirmations, metric)
        colour = look[row.method].colour
        panel.plot(curve.epochs, curve.mean, color=colour, label=row.method)
        panel.fill_between(curve.epochs, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
    panel.set_title(title)
