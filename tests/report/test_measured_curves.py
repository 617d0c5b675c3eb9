"""What a task measures along a curve is a figure with a line per method, and in no table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_home import describe, history, result, space

from sat_sweep.home import Home, SweepHome
from sat_sweep.report import build_report, table_text, write
from sat_sweep.report.measured_curves import measured_curves

RISKS = {"ce": [0.1, 0.2, 0.4], "sat": [0.0, 0.1, 0.3]}
"""At coverages 0.05, 0.5 and 1."""


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    sweep = Home(str(tmp_path / "home")).sweep("toy")
    describe(sweep, space=space(task={"name": "selective"}, confirm={"seeds": 2}))
    for method, risks in RISKS.items():
        for seed in (0, 1):
            points = [(f"test/risk_curve/{coverage}", [risk + 0.02 * seed])
                      for coverage, risk in zip(("0.05", "0.5", "1"), risks, strict=True)]
            sweep.add_result(result(method, 0.4, "confirm", seed, history(("test/aurc", [risks[1]]), *points)))
    return sweep


def test_a_line_for_each_method_through_the_means(sweep: SweepHome) -> None:
    (title, figure), = measured_curves(build_report(sweep)).items()
    (panel,) = figure.axes
    lines = {line.get_label(): line for line in panel.get_lines()}
    assert title == "Risk against coverage"
    assert set(lines) == set(RISKS)
    assert panel.get_xlabel() == "coverage"
    for method, risks in RISKS.items():
        assert list(lines[method].get_xdata()) == [0.05, 0.5, 1]
        assert list(lines[method].get_ydata()) == pytest.approx([risk + 0.01 for risk in risks])


def test_page_and_files_have_the_figure_and_tables_have_not(sweep: SweepHome, tmp_path: Path) -> None:
    report = build_report(sweep)
    write(report, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert ">Risk against coverage</h2>" in page
    assert (tmp_path / "risk-against-coverage.png").stat().st_size > 5000
    assert "risk_curve" not in table_text(report) + (tmp_path / "report.csv").read_text()
    assert "of the surest" not in page
    rows = json.loads((tmp_path / "report.json").read_text())["rows"]
    measures = next(row["measures"] for row in rows if row["method"] == "ce" and row["seeds"])
    assert measures["test/risk_curve/0.5"]["mean"] == pytest.approx(0.21)


def test_other_tasks_have_none(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path / "home")).sweep("toy")
    describe(sweep, space=space(confirm={"seeds": 1}))
    sweep.add_result(result("ce", 0.4, "confirm", 0, history(("test/accuracy", [0.9]))))
    assert measured_curves(build_report(sweep)) == {}


def test_of_many_methods_the_best_that_are_measured_are_drawn(tmp_path: Path) -> None:
    """The first that ends is drawn, whichever it is, while twenty others have nothing yet."""
    methods = [f"method{number:02}" for number in range(20)]
    sweep = Home(str(tmp_path / "home")).sweep("toy")
    studies = [{"key": f"{method}/symmetric-0.4", "method": method, "noise": "symmetric-0.4", "rate": 0.4, "trials": 1}
               for method in methods]
    describe(sweep, studies=studies, space=space(task={"name": "selective"}, methods=methods, confirm={"seeds": 1}))
    sweep.add_result(result("method19", 0.4, "confirm", 0, history(("test/aurc", [0.2]), ("test/risk_curve/1", [0.3]))))
    (figure,) = measured_curves(build_report(sweep)).values()
    (panel,) = figure.axes
    assert [line.get_label() for line in panel.get_lines()] == ["method19"]
