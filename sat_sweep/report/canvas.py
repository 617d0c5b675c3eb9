"""How figures look, and how they become files: the same drawing is SVG in the page and PNG beside it.

Matplotlib's figure objects are used directly: pyplot would choose a backend and keep state for the whole
process.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure

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
LINE = 0.19
"""Inches that a line of a legend is high."""
MOST_COLUMNS = 8
LONG = 27
"""Characters of a title for which a panel of a third of the width is too narrow."""


@contextmanager
def style() -> Iterator[None]:
    """The look of all figures, whatever the user's matplotlib settings are."""
    with rc_context():
        from matplotlib import rcdefaults

        rcdefaults()
        with rc_context(STYLE):
            yield


def grid(rows: int, columns: int, height: float, *, sharex: bool = True,
         sharey: bool = False) -> tuple[Figure, list[Any]]:
    """A figure of `rows` times `columns` panels, each `height` inches high, and the panels row by row."""
    figure = Figure(figsize=(WIDTH, rows * height), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=sharex, sharey=sharey)
    return figure, list(panels.flat)


def keep(panels: Sequence[Any], shown: Sequence[Any], columns: int, label: str) -> None:
    """Hide the panels that are not `shown`; one with nothing below it, in `columns` side by side, has an axis label."""
    for place, panel in enumerate(panels):
        panel.set_visible(panel in shown)
        if not any(below in shown for below in panels[place + columns: place + columns + 1]):
            panel.tick_params(labelbottom=True)
            panel.set_xlabel(label)


def in_unit(panel: Any, measure: Measure, axis: Literal["xaxis", "yaxis"] = "yaxis") -> None:
    """Write an `axis` of fractions in percent; a plain number stands as it is, its unit beside it."""
    if measure.unit == "fraction":
        in_percent(getattr(panel, axis))
    elif measure.unit:
        getattr(panel, axis).set_label_text(measure.unit)


def in_percent(axis: Any) -> None:
    """Write fractions on `axis` in percent."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))


def titled(panel: Any, title: str) -> None:
    """Give a narrow panel a `title`, in small letters if it is long."""
    panel.set_title(title, **({"fontsize": 7} if len(title) > LONG else {}))


def along(axis: Any, ticks: Mapping[float, str], ends: tuple[float, float]) -> None:
    """Write `ticks` at their places on an `axis` that shows what lies between its `ends`, and a little more."""
    spare = 0.04 * (ends[1] - ends[0])
    axis.set_ticks(list(ticks), list(ticks.values()))
    axis.set_view_interval(ends[0] - spare, ends[1] + spare, ignore=True)


def finished(figure: Figure, panels: Sequence[Any], names: Iterable[str], note: str = "") -> Figure:
    """One legend for all panels, in the order of `names`, below a `note`; everything in its place for SVG and PNG."""
    found: dict[str, Any] = {}
    for panel in panels:
        handles, labels = panel.get_legend_handles_labels()
        found |= zip(labels, handles, strict=True)
    known = {name: found[name] for name in names if name in found}
    if known:
        columns = _columns(figure, known)
        rows = math.ceil(len(known) / columns)
        figure.set_figheight(figure.get_figheight() + max(0, rows - 2) * LINE)
        _legend(figure, known, columns, note)
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    return figure


def _columns(figure: Figure, known: Mapping[str, Any]) -> int:
    """As many columns of a legend as there is room for, MOST_COLUMNS at the most."""
    for columns in range(min(MOST_COLUMNS, len(known)), 1, -1):
        legend = _legend(figure, known, columns, "")
        width = legend.get_window_extent().width
        legend.remove()
        if width <= figure.get_figwidth() * figure.dpi:
            return columns
    return 1


def _legend(figure: Figure, known: Mapping[str, Any], columns: int, note: str) -> Any:
    return figure.legend(list(known.values()), list(known), loc="outside upper left", ncols=columns,
                         title=note or None, alignment="left")


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


def png(figure: Figure, dpi: int = 160) -> bytes:
    """The same as pixels, `dpi` of them for an inch: a figure is WIDTH inches wide."""
    content = io.BytesIO()
    with style():
        figure.savefig(content, format="png", dpi=dpi, metadata={"Software": None})
    return content.getvalue()
