"""The figure of many methods: their order, the baseline, who is told more, and what lies far off."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_home import describe, history, level, result, space

from sat_sweep.home import Home
from sat_sweep.report import build_report, write
from sat_sweep.report.figures import learning, robustness
from sat_sweep.report.palette import MANY
from sat_sweep.report.ranking import ordered
from sat_sweep.report.report import Report

AT = level(0.4)
METHODS = {"ce": 0.70, **{f"gce+part{number}": 0.60 + number / 100 for number in range(MANY)}, "mae": 0.10, "l2rw": 0.9}


@pytest.fixture
def report(tmp_path: Path) -> Report:
    sweep = Home(str(tmp_path)).sweep("sample")
    studies = [{"key": f"{method}/{AT}", "method": method, "noise": AT, "rate": 0.4, "trials": 1,
                "told": ["trusted examples"] if method == "l2rw" else []} for method in METHODS]
    describe(sweep, studies=studies, space=space(methods=list(METHODS)))
    for method, value in METHODS.items():
        for seed in range(3):
            curves = ("test/accuracy", [value - 0.1, value + seed / 1000]), ("val/noisy_accuracy", [0.1, 0.5])
            sweep.add_result(result(method, 0.4, "confirm", seed, history(*curves)))
    return build_report(sweep)


def test_from_the_best_to_the_worst_and_those_told_more_below(report: Report) -> None:
    order = ordered(report)
    assert order[:3] == ["gce+part11", "ce", "gce+part10"]  # the latter two are equal, and as in the table
    assert order[-2:] == ["mae", "l2rw"]
    assert set(order) == set(METHODS)


def test_a_row_for_each_a_line_for_the_baseline_an_arrow_for_what_is_far_off(report: Report) -> None:
    panel, = [each for each in robustness(report).axes if each.get_visible()]
    assert [text.get_text() for text in panel.get_yticklabels()] == [*ordered(report)[:-1], "l2rw†"]
    low, high = panel.get_xlim()
    assert low > 0.5
    assert high > 0.9
    arrow, = [line for line in panel.lines if line.get_marker() == "<"]
    assert arrow.get_ydata()[0] == ordered(report).index("mae")
    verticals = [line for line in panel.lines if list(line.get_ydata()) == [0, 1]]
    assert any(line.get_xdata()[0] == pytest.approx(0.701) for line in verticals)


def test_learning_curves_have_few_methods_each_beside_the_baseline_and_all_look_different(report: Report) -> None:
    names = [[text.get_text() for text in figure.legends[0].get_texts()] for figure in learning(report, AT)]
    assert [len(each) for each in names] == [8, 8]
    assert [each[0] for each in names] == ["ce", "ce"]
    expected = [method for method in ordered(report) if method != "ce"]
    assert [set(each[1:]) for each in names] == [set(expected[:7]), {*expected[7:-1], "l2rw†"}]
    for figure in learning(report, AT):
        lines = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 2]
        assert len({(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}) == 8


def test_the_page_says_what_is_drawn(report: Report, tmp_path: Path) -> None:
    write(report, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "from the best to the worst" in page
    assert "Below the rule: methods that are told more" in page
