"""Figures and tables of what searches have learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_home import describe, history, result, space
from searched_home import TRIALS, searched
from test_report_page import Checker, checked

from sat_sweep.home import Home
from sat_sweep.report import Report, build_report, write
from sat_sweep.report.learnt.figure import figures
from sat_sweep.report.learnt.section import MOST_OPEN
from sat_sweep.report.palette import SHADES, shades


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return build_report(searched(tmp_path_factory.mktemp("searched")))


def panels(report: Report) -> dict[str, Any]:
    """The panels of SAT's figure that are shown, by title."""
    (figure,) = figures(report, report.learnt[0])
    return {panel.get_title(loc="left"): panel for panel in figure.axes if panel.get_visible()}


def marks(panel: Any, marker: str) -> int:
    return sum(len(line.get_xdata()) for line in panel.get_lines() if line.get_marker() == marker)


def test_there_is_a_panel_for_everything(report: Report) -> None:
    assert list(panels(report)) == [
        "best so far, less the winner", "importance (PED-ANOVA)", "mean rank, dark is best",
        "score by sat.start_epoch", "score by sat.momentum", "best sat.start_epoch", "best sat.momentum"]


def test_pruned_trials_are_crosses_and_failed_ones_are_absent(report: Report) -> None:
    panel = panels(report)["score by sat.momentum"]
    assert marks(panel, "x") == 3, "one of each study"
    rings = [line for line in panel.get_lines() if line.get_markersize() == 9]
    assert [list(line.get_ydata()) for line in rings] == [[0.0]] * 3
    complete = sum(len(line.get_xdata()) for line in panel.get_lines() if line.get_markersize() == 4)
    assert complete == 3 * (TRIALS - 2)


def test_each_condition_looks_different_and_says_so_in_the_legend(report: Report) -> None:
    (figure,) = figures(report, report.learnt[0])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*report.conditions, "pruned"]
    assert len(set(shades([str(n) for n in range(len(SHADES))]).values())) == len(SHADES)


def test_more_than_eight_conditions_have_several_figures(tmp_path: Path) -> None:
    rates = tuple(round(0.05 * step, 2) for step in range(1, 11))
    many = build_report(searched(tmp_path, rates=rates))
    first, second = figures(many, many.learnt[0])
    assert [len(figure.legends[0].get_texts()) for figure in (first, second)] == [9, 3]
    write(many, tmp_path / "out")
    assert {"search-sat.png", "search-sat-page2.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert checked(tmp_path / "out").text.count("best so far, less the winner") == 2


def test_the_page_has_it_as_tables_too(report: Report, tmp_path: Path) -> None:
    write(report, tmp_path)
    text = checked(tmp_path).text
    for said in ("What the search has learnt", f"sat: {3 * TRIALS} trials; importance: sat.start_epoch",
                 "2 to 24", "best sat.start_epoch", "Every trial", "found by trial"):
        assert said in text
    assert "oracle" not in text.lower()


def test_the_oracle_is_marked_as_one(tmp_path: Path) -> None:
    write(build_report(searched(tmp_path / "home", diagnostics=True)), tmp_path / "out")
    text = checked(tmp_path / "out").text
    assert "the best trial by test labels, which nobody could have chosen" in text
    assert "tuned − oracle, points" in text


def test_of_many_methods_all_are_folded(report: Report, tmp_path: Path) -> None:
    def opened(some: Report) -> int:
        write(some, tmp_path)
        return (tmp_path / "report.html").read_text(encoding="utf-8").count('<details open="">')

    assert opened(report) == 1
    (sat,) = report.learnt
    assert opened(replace(report, learnt=tuple(replace(sat) for _ in range(MOST_OPEN + 1)))) == 0


def test_nothing_to_search_is_nothing_to_say(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path)).sweep("sample")
    describe(sweep, space=space(methods=["ce"]), studies=[{"key": "ce/symmetric-0", "method": "ce",
                                                           "noise": "symmetric-0", "rate": 0.0, "trials": 1}])
    sweep.add_result(result("ce", 0.0, "search", 0, history(("val/noisy_accuracy", [0.5])), value=0.5, values={}))
    known = build_report(sweep)
    assert known.learnt == ()
    write(known, tmp_path / "out")
    page: Checker = checked(tmp_path / "out")
    assert "What the search has learnt" not in page.text


def test_a_search_in_which_nothing_is_complete_can_be_drawn(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path)).sweep("sample")
    describe(sweep, state="running")
    for number, state in enumerate(("failed", "pruned")):
        sweep.add_result(result("sat", 0.2, "search", number, history(("val/noisy_accuracy", [0.5])), state=state,
                                value=0.5))
    write(build_report(sweep), tmp_path / "out")
    assert "sat: 2 trials" in checked(tmp_path / "out").text
