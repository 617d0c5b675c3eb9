"""The report as files."""

from __future__ import annotations

import json
from pathlib import Path

from sat_sweep.report.markdown import markdown
from sat_sweep.report.page import page
from sat_sweep.report.report import Report
from sat_sweep.report.spreadsheet import csv_text


def write(report: Report, out: Path) -> None:
    """Write report.html, .csv, .json, .md and the figures into the folder `out`.

    The figures are robustness.png (robustness-small.png for descriptions), curves-<condition>.png and
    search-<method>.png. The folder is made if need be; files of an earlier report are replaced.
    """
    from sat_sweep.report import canvas, figures

    out.mkdir(parents=True, exist_ok=True)
    robustness = figures.robustness(report)
    curves = {condition: figures.learning(report, condition) for condition in report.conditions
              if any(row.confirmations for row in report.at(condition))}
    drawings = {condition: canvas.svg(figure, f"curves {condition}") for condition, figure in curves.items()}
    learnt = _draw_learnt(report, out)
    html = page(report, canvas.svg(robustness, "robustness"), drawings, learnt)
    (out / "report.html").write_text(html, encoding="utf-8")
    (out / "report.csv").write_text(csv_text(report), encoding="utf-8")
    (out / "report.json").write_text(json.dumps(report.to_json(), indent=1), encoding="utf-8")
    (out / "report.md").write_text(markdown(report), encoding="utf-8")
    (out / "robustness.png").write_bytes(canvas.png(robustness))
    (out / "robustness-small.png").write_bytes(canvas.png(robustness, dpi=80))
    for condition, figure in curves.items():
        (out / f"curves-{_file_name(report, condition)}.png").write_bytes(canvas.png(figure))


def _draw_learnt(report: Report, out: Path) -> dict[str, list[str]]:
    """Figures of what the searches have learnt: PNG files in `out`, and SVG elements by method."""
    from sat_sweep.report.canvas import png, svg
    from sat_sweep.report.learnt.figure import figures

    drawings: dict[str, list[str]] = {}
    for learnt in report.learnt:
        for number, figure in enumerate(figures(report, learnt), start=1):
            name = f"search-{learnt.method}" + (f"-{number}" if number > 1 else "")
            drawings.setdefault(learnt.method, []).append(svg(figure, name))
            (out / f"{name}.png").write_bytes(png(figure))
    return drawings


def _file_name(report: Report, condition: str) -> str:
    """The condition's name as study keys have it: safe in any file system, and unique."""
    return report.at(condition)[0].key.rsplit("/", 1)[-1]
