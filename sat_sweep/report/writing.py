"""The report as files."""

from __future__ import annotations

import json
from pathlib import Path

from sat_sweep.report.model import Report
from sat_sweep.report.page import page
from sat_sweep.report.spreadsheet import csv_text


def write(report: Report, out: Path) -> None:
    """Write report.html, .csv, .json, robustness.png and curves-<noise>.png into the folder `out`.

    The folder is made if need be; files of an earlier report are replaced.
    """
    from sat_sweep.report import figures

    out.mkdir(parents=True, exist_ok=True)
    robustness = figures.robustness(report)
    curves = {noise: figures.learning(report, noise) for noise in report.levels if _has_curves(report, noise)}
    drawings = {noise: figures.svg(figure, f"curves {noise}") for noise, figure in curves.items()}
    html = page(report, figures.svg(robustness, "robustness"), drawings)
    (out / "report.html").write_text(html, encoding="utf-8")
    (out / "report.csv").write_text(csv_text(report), encoding="utf-8")
    (out / "report.json").write_text(json.dumps(report.to_json(), indent=1), encoding="utf-8")
    (out / "robustness.png").write_bytes(figures.png(robustness))
    for noise, figure in curves.items():
        (out / f"curves-{_file_name(report, noise)}.png").write_bytes(figures.png(figure))


def _has_curves(report: Report, noise: str) -> bool:
    return any(row.confirmations for row in report.at(noise))


def _file_name(report: Report, noise: str) -> str:
    """The level's name as study keys have it: safe in any file system, and unique."""
    return report.at(noise)[0].key.rsplit("/", 1)[-1]
