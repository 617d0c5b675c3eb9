"""The report as files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sat_sweep.report.markdown import markdown
from sat_sweep.report.page import page
from sat_sweep.report.report import Report
from sat_sweep.report.spreadsheet import csv_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write(report: Report, out: Path) -> None:
    """Write report.html, .csv, .json, .md and the figures into the folder `out`.

    The figures are robustness.png (robustness-small.png for descriptions), curves-<condition>.png,
    search-<method>.png and, of tasks that measure along curves, one for each of them. The folder is made if need be;
    files of an earlier report are replaced.
    """
    from sat_sweep.report import canvas, figures
    from sat_sweep.report.learnt.figure import figures as learnt_figures
    from sat_sweep.report.measured_curves import measured_curves

    out.mkdir(parents=True, exist_ok=True)
    robustness = figures.robustness(report)
    curves = {condition: _draw(figures.learning(report, condition), f"curves-{_file_name(report, condition)}", out)
              for condition in report.conditions if any(row.confirmations for row in report.at(condition))}
    learnt = {each.method: _draw(learnt_figures(report, each), f"search-{each.method}", out) for each in report.learnt}
    measured = {title: _draw([figure], title.lower().replace(" ", "-"), out)
                for title, figure in measured_curves(report).items()}
    html = page(report, canvas.svg(robustness, "robustness"), curves, learnt, measured)
    (out / "report.html").write_text(html, encoding="utf-8")
    (out / "report.csv").write_text(csv_text(report), encoding="utf-8")
    (out / "report.json").write_text(json.dumps(report.to_json(), indent=1), encoding="utf-8")
    (out / "report.md").write_text(markdown(report), encoding="utf-8")
    (out / "robustness.png").write_bytes(canvas.png(robustness))
    (out / "robustness-small.png").write_bytes(canvas.png(robustness, dpi=80))


def _draw(figures: Sequence[Figure], name: str, out: Path) -> list[str]:
    """The figures as SVG elements; as PNG files they are `name`.png, `name`-page2.png and so on in `out`."""
    from sat_sweep.report.canvas import png, svg

    drawings = []
    for number, figure in enumerate(figures, start=1):
        own = name if number == 1 else f"{name}-page{number}"
        drawings.append(svg(figure, own))
        (out / f"{own}.png").write_bytes(png(figure))
    return drawings


def _file_name(report: Report, condition: str) -> str:
    """The condition's name as study keys have it: safe in any file system, and unique."""
    return report.at(condition)[0].key.rsplit("/", 1)[-1]
