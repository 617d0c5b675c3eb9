"""A sweep that varies something beside the noise: rows, words and figures have its conditions."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_home import describe, sample, varied

from sat_sweep.home import Home
from sat_sweep.report import Report, build_report, table_text, write
from sat_sweep.report.axis import axis_of
from sat_sweep.report.figures import robustness
from sat_sweep.report.protocol import protocol
from sat_sweep.report.verdict import sentence

AT = "symmetric-0.4 model.width=16"


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return build_report(varied(tmp_path))


def panels(report: Report) -> list[Any]:
    return [panel for panel in robustness(report).axes if panel.get_visible()]


def test_a_condition_is_a_noise_level_at_a_point(report: Report) -> None:
    wanted = [f"symmetric-{rate} model.width={width}" for rate in (0.2, 0.4) for width in (4, 16, 64)]
    assert report.conditions == wanted
    assert [row.method for row in report.at(AT)] == ["ce", "sat", "ce+reset"]


def test_methods_are_compared_under_the_same_condition(report: Report) -> None:
    ce, sat, _ = report.at(AT)
    assert sat.last.difference is not None
    assert sat.last.difference.mean == pytest.approx((sat.last.summary.mean or 0) - (ce.last.summary.mean or 0))
    assert len(report.comparisons) == 12
    assert sentence(report, AT).startswith(f"At {AT}, sat (last ")


def test_rows_have_the_point_where_something_varies_and_only_there(report: Report, tmp_path: Path) -> None:
    assert [row["vary"] for row in report.to_json()["rows"][:4]] == [{"model.width": 4}] * 3 + [{"model.width": 16}]
    assert all("vary" not in row for row in build_report(sample(tmp_path / "other")).to_json()["rows"])


def test_results_alone_tell_the_conditions(report: Report, tmp_path: Path) -> None:
    listed = varied(tmp_path / "listed")
    bare = Home(str(tmp_path)).sweep("bare")
    for found in listed.results():
        bare.add_result(found)
    assert set(build_report(bare).conditions) == set(report.conditions)


def test_the_table_and_the_page_name_conditions(report: Report, tmp_path: Path) -> None:
    lines = table_text(report).splitlines()
    assert lines[2].startswith("condition ")
    assert lines[4].startswith("symmetric-0.2 model.width=4   ce ")
    assert "one method at one noise level and one value of model.width." in protocol(report)[0]
    write(report, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "winner against model.width." in page
    assert page.count("<svg") == 1 + 6
    with (tmp_path / "out" / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["model.width"] for row in rows[:4]] == ["4", "4", "4", "16"]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report.to_json()


def test_the_figure_has_the_varied_setting_below_and_a_panel_per_noise_level(report: Report) -> None:
    axis = axis_of(report)
    assert (axis.label, list(axis.ticks.values())) == ("model.width", ["4", "16", "64"])
    assert list(axis.ticks) == pytest.approx([0.60206, 1.20412, 1.80618], abs=1e-5)  # more than a decade: logarithms
    titles = [panel.get_title(loc="left") for panel in panels(report)]
    assert titles == [f"test accuracy, {epoch} epoch\nsymmetric-{rate}" for epoch in ("last", "best")
                      for rate in (0.2, 0.4)]


def test_every_method_is_a_line_through_all_values(report: Report) -> None:
    panel = panels(report)[0]
    means = {row.condition: row.last.summary.mean for row in report.rows if row.method == "sat"}
    lines = {container.get_label(): container.lines[0].get_ydata() for container in panel.containers}
    assert list(lines) == ["ce", "sat", "ce+reset"]
    assert list(lines["sat"]) == [means[f"symmetric-0.2 model.width={width}"] for width in (4, 16, 64)]


def test_values_within_a_decade_stand_where_they_are(tmp_path: Path) -> None:
    axis = axis_of(build_report(varied(tmp_path, values=(1, 2, 8))))
    assert (list(axis.ticks), list(axis.ticks.values())) == ([1.0, 2.0, 8.0], ["1", "2", "8"])


@pytest.mark.parametrize("values", [("flip", "crop"), (True, False), (4,)])
def test_what_is_no_number_gets_panels_over_the_noise(tmp_path: Path, values: tuple[Any, ...]) -> None:
    report = build_report(varied(tmp_path, "training.augmentation", values))
    axis = axis_of(report)
    assert (axis.label, list(axis.ticks)) == ("noise rate (symmetric)", [0.2, 0.4])
    assert set(axis.panels.values()) == {f"training.augmentation={value}" for value in values}


def test_noise_of_several_kinds_has_a_panel_for_each(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path)).sweep("sample")
    levels = {"symmetric-0.2": 0.2, "symmetric-0.4": 0.4, "pairflip-0.4": 0.4}
    describe(sweep, studies=[{"key": f"ce/{label}", "method": "ce", "noise": label, "rate": rate, "trials": 1}
                             for label, rate in levels.items()])
    axis = axis_of(build_report(sweep))
    assert (axis.label, axis.places, list(axis.panels.values())) == (
        "noise rate", levels, ["symmetric", "symmetric", "pairflip"])


def test_of_two_varied_numbers_one_is_the_axis_and_the_other_has_panels(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path)).sweep("sample")
    points = [{"model.width": width, "training.batch_size": size} for width in (4, 16) for size in (32, 64)]
    describe(sweep, studies=[{"key": f"ce/{index}", "method": "ce", "noise": "symmetric-0.4", "rate": 0.4, "trials": 1,
                              "vary": point} for index, point in enumerate(points)])
    axis = axis_of(build_report(sweep))
    assert axis.label == "model.width"
    assert list(axis.panels.values()) == [f"symmetric-0.4 training.batch_size={size}" for size in (32, 64, 32, 64)]


def test_many_noise_levels_wrap(tmp_path: Path) -> None:
    report = build_report(varied(tmp_path, rates=(0.0, 0.1, 0.2, 0.3, 0.4)))
    shown = panels(report)
    assert [panel.get_title(loc="left") for panel in shown] == [
        f"test accuracy, {epoch} epoch\nsymmetric-{rate:g}" for epoch in ("last", "best")
        for rate in (0.0, 0.1, 0.2, 0.3, 0.4)]
    columns = [panel.get_subplotspec().colspan.start for panel in shown]
    assert columns == [0, 1, 2, 0, 1] * 2
    unlabelled = [0, 1, 3, 4, 5, 6]  # those with a panel below
    assert [index for index, panel in enumerate(shown) if not panel.get_xlabel()] == unlabelled


def test_beside_what_varies_stands_how_well_training_labels_are_fitted(tmp_path: Path) -> None:
    report = build_report(varied(tmp_path, rates=(0.4,)))
    titles = [panel.get_title("left") for panel in panels(report)]
    assert not [title for title in titles if "training labels" in title], "that was not measured"
    rows = [replace(row, confirmations=tuple(
        replace(result, history=[{**record, "metrics": {**record["metrics"], "train/noisy_accuracy": 0.75}}
                                 for record in result.history]) for result in row.confirmations))
            for row in report.rows]
    *_, fitted = panels(replace(report, rows=tuple(rows)))
    assert fitted.get_title("left") == "accuracy on training labels, last epoch\nsymmetric-0.4"
    lines = [container.lines[0] for container in fitted.containers]
    assert len(lines) == len(report.methods)
    assert {value for line in lines for value in line.get_ydata()} == {0.75}
