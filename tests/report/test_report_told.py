"""Methods that are told more than others: marked, below a rule, compared with the others and never the best of them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from sample_home import describe, history, level, result, space

from sat_sweep.home import Home, SweepHome
from sat_sweep.methods import Need
from sat_sweep.report import build_report, table_text, write
from sat_sweep.report.figures import robustness
from sat_sweep.report.protocol import protocol
from sat_sweep.report.report import Report
from sat_sweep.report.spreadsheet import csv_text
from sat_sweep.report.told import TRUSTED
from sat_sweep.report.verdict import not_separated, sentence

AT = level(0.4)
TOLD = {"l2rw": ["trusted examples"], "trusted_finetune": ["trusted examples"]}
ACCURACIES = {"l2rw": [0.95, 0.96, 0.97], "ce": [0.50, 0.51, 0.52], "sat": [0.90, 0.91, 0.92],
              "trusted_finetune": [0.70, 0.72, 0.71]}


def sweep_of(place: Path, values: dict[str, list[float]], **changes: object) -> SweepHome:
    sweep = Home(str(place)).sweep("sample")
    studies = [{"key": f"{method}/{AT}", "method": method, "noise": AT, "rate": 0.4, "trials": 1,
                "told": TOLD.get(method, [])} for method in values]
    asked = {"methods": list(values), "dataset": {"name": "digits", "trusted": 1000}, **changes}
    describe(sweep, studies=studies, space=space(**asked))
    for method, seeds in values.items():
        for number, value in enumerate(seeds):
            curves = ("test/accuracy", [0.1, value]), ("val/noisy_accuracy", [0.1, 0.5])
            sweep.add_result(result(method, 0.4, "confirm", number, history(*curves)))
    return sweep


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return build_report(sweep_of(tmp_path, ACCURACIES))


def test_they_come_last_and_no_baseline_is_made_of_the_first(report: Report) -> None:
    assert report.methods == ["ce", "sat", "l2rw", "trusted_finetune"]
    assert report.baseline == "ce"


def test_a_baseline_that_was_asked_for_stays_one(tmp_path: Path) -> None:
    report = build_report(sweep_of(tmp_path, ACCURACIES, baseline="l2rw"))
    assert report.baseline == "l2rw"
    assert f"{AT}, sat (last 91.0 %, 95 % CI 88.5–93.5) lies below l2rw† (last 96.0 " in sentence(report, AT)


def test_the_best_is_one_that_is_told_nothing(report: Report) -> None:
    said = sentence(report, AT)
    assert said.startswith(f"At {AT}, sat (last 91.0 %, 95 % CI 88.5–93.5) lies above ce")
    assert said.endswith(
        "Told more: l2rw† (last 96.0 %, 95 % CI 93.5–98.5) lies above sat (+5.0 [+5.0, +5.0] points); "
        "trusted_finetune† (last 71.0 %, 95 % CI 68.5–73.5) lies below sat (−20.0 [−22.5, −17.5] points).")
    assert [row.method for row in not_separated(report, AT)] == ["sat"]


def test_what_is_not_separated_from_the_best_is_said_to_be(tmp_path: Path) -> None:
    report = build_report(sweep_of(tmp_path, {"ce": [0.50, 0.51, 0.52], "l2rw": [0.51, 0.50, 0.53]}))
    assert "l2rw† (last 51.3 %, 95 % CI 47.5–55.1) is not separated from ce (+0.3 " in sentence(report, AT)


def test_one_seed_concludes_nothing_of_them_either(tmp_path: Path) -> None:
    said = sentence(build_report(sweep_of(tmp_path, {"ce": [0.5], "sat": [0.6], "l2rw": [0.9]})), AT)
    assert said.endswith("nothing is concluded. Told more: l2rw† (last 90.0 %).")


def test_where_all_are_told_the_same_they_compete(tmp_path: Path) -> None:
    report = build_report(sweep_of(tmp_path, {name: ACCURACIES[name] for name in TOLD}))
    assert report.apart == []
    assert sentence(report, AT) == (f"At {AT}, no method lies above l2rw† (last 96.0 %, 95 % CI 93.5–98.5).")
    assert "l2rw†" in table_text(report)


def test_the_terminal_has_a_rule_and_says_what_the_mark_means(report: Report) -> None:
    lines = table_text(report).splitlines()
    rules = [number for number, line in enumerate(lines) if set(line) == {"-"}]
    assert [line.split()[1] for line in lines[rules[0] + 1:rules[1]]] == ["ce", "sat"]
    assert [line.split()[1] for line in lines[rules[1] + 1:rules[1] + 3]] == ["l2rw†", "trusted_finetune†"]
    assert "† told more than other methods: trusted examples (l2rw, trusted_finetune)" in lines


def test_every_table_of_the_page_has_a_rule(report: Report, tmp_path: Path) -> None:
    write(report, tmp_path / "out")
    tables = re.findall("<table.*?</table>", (tmp_path / "out" / "report.html").read_text(encoding="utf-8"), re.DOTALL)
    with_methods = [table for table in tables if "sat" in table and "l2rw" in table]
    assert len(with_methods) == 3
    for table in with_methods:
        above, rule, below = table.partition("† told more than other methods: trusted examples")
        assert rule
        assert "l2rw" not in above
        assert "l2rw†" in below
        assert "<b>" not in below


def test_numbers_for_programs_say_it_where_there_is_something_to_say(report: Report) -> None:
    rows = {row["method"]: row for row in report.to_json()["rows"]}
    assert rows["l2rw"]["told"] == ["trusted examples"]
    assert "told" not in rows["sat"]
    told = {row["method"]: row["told"] for row in csv.DictReader(io.StringIO(csv_text(report)))}
    assert told == {"ce": "", "sat": "", "l2rw": "trusted examples", "trusted_finetune": "trusted examples"}


def test_figures_draw_them_dashed_with_open_marks_and_a_note(report: Report) -> None:
    figure = robustness(report)
    lines = {line.get_color(): line for line in figure.axes[0].get_lines() if line.get_linestyle() in ("-", "--")}
    styles = [(line.get_linestyle(), line.get_markerfacecolor() == "white") for line in lines.values()
              if line.get_marker() not in ("_", "None")]
    assert styles == [("-", False), ("-", False), ("--", True), ("--", True)]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ce", "sat", "l2rw†", "trusted_finetune†"]
    assert legend.get_title().get_text().startswith("† told more than other methods: trusted examples")


def test_the_protocol_says_how_much_and_where_it_comes_from(report: Report) -> None:
    (said,) = [text for text in protocol(report) if "told more" in text]
    assert "l2rw† and trusted_finetune† are told more than other methods: trusted examples." in said
    assert "(1,000)" in said
    assert "cut from the training set" in said
    assert "the other methods keep those examples with their noisy labels" in said


def test_other_knowledge_has_no_trusted_set(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, ACCURACIES)
    sweep.update(studies=[{**vars(study), "told": ["the true transition matrix"] if study.method == "sat" else []}
                          for study in sweep.describe().studies])
    (said,) = [text for text in protocol(build_report(sweep)) if "told more" in text]
    assert said == ("sat† is told more than other methods: the true transition matrix. It is compared with the "
                    "others, but not ranked among them.")


def test_a_varied_size_is_said_to_vary(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, ACCURACIES)
    sweep.update(studies=[{**vars(study), "vary": {"dataset.trusted": 10}} for study in sweep.describe().studies])
    (said,) = [text for text in protocol(build_report(sweep)) if "told more" in text]
    assert "(as many as `dataset.trusted` says under each condition)" in said


def test_the_report_and_the_methods_call_it_the_same() -> None:
    assert Need.TRUSTED.what == TRUSTED


def test_who_is_told_nothing_is_not_spoken_of(tmp_path: Path) -> None:
    report = build_report(sweep_of(tmp_path, {name: ACCURACIES[name] for name in ("ce", "sat")}))
    write(report, tmp_path / "out")
    everything = table_text(report) + (tmp_path / "out" / "report.html").read_text(encoding="utf-8") + csv_text(report)
    assert "told" not in everything
    assert "†" not in everything
