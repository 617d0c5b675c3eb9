"""Differences to the baseline: never beyond what is possible, and corrected for their number."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sample_home import describe, history, result, sample, space

from sat_sweep.home import Home, SweepHome
from sat_sweep.report import Report, Row, build_report, table_text, write
from sat_sweep.report.correction_wording import surviving
from sat_sweep.report.notices import notices
from sat_sweep.report.statistics import holm
from sat_sweep.report.verdict import sentence

AT = "symmetric-0.4"


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    home = Home(str(tmp_path)).sweep("sample")
    describe(home, space=space(confirm={"seeds": 3, "train_on": "train"}))
    return home


def confirm(sweep: SweepHome, rate: float = 0.4, **methods: list[float]) -> None:
    for method, finals in methods.items():
        for number, final in enumerate(finals):
            sweep.add_result(result(method.replace("_", "+"), rate, "confirm", number,
                                    history(("test/accuracy", [final]), ("val/noisy_accuracy", [0.5]))))


def row(report: Report, method: str, noise: str = AT) -> Row:
    return next(row for row in report.rows if (row.method, row.noise) == (method, noise))


def test_no_interval_of_two_seeds_leaves_what_is_possible(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.9398, 0.9174], sat=[0.05, 0.95])
    content = build_report(sweep).to_json()["rows"]
    last = {line["method"]: line for line in content if line["noise"] == AT}
    assert last["ce"]["last"]["ci95"] == [pytest.approx(0.7863, abs=1e-4), 1.0]
    assert last["sat"]["last"]["ci95"] == [0.0, 1.0]
    assert last["sat"]["difference"]["last"]["ci95"] == [-1.0, 1.0]
    assert "92.9 ± 1.6 [78.6, 100.0]" in table_text(build_report(sweep))


def test_all_comparisons_of_the_table_are_corrected_together(tmp_path: Path) -> None:
    report = build_report(sample(tmp_path))
    differences = [each.last.difference for each in report.rows if each.last.difference is not None]
    assert len(differences) == 6
    assert [each.p_holm for each in differences] == holm([each.p for each in differences if each.p is not None])
    assert all(each.best.difference is None or each.best.difference.p_holm is None for each in report.rows)


def test_only_the_epoch_that_is_judged_is_corrected(sweep: SweepHome) -> None:
    describe(sweep, space=space(search={"select": "best"}))
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.6, 0.72, 0.84])
    found = row(build_report(sweep), "sat").to_json()["difference"]
    assert found["best"]["p_holm"] == found["best"]["p"] == pytest.approx(0.0091333, abs=1e-6)
    assert (found["last"]["p_holm"], found["last"]["p"]) == (None, found["best"]["p"])


def test_what_is_missing_is_no_comparison(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.6, 0.72, 0.84], ce_reset=[0.9])
    report = build_report(sweep)
    assert [each.method for each, _ in report.comparisons] == ["sat"]
    assert row(report, "ce+reset").to_json()["difference"]["last"]["p"] is None
    assert row(report, "ce").to_json()["difference"] == {"last": None, "best": None}


def test_the_terminal_the_page_and_the_spreadsheet_show_it(sweep: SweepHome, tmp_path: Path) -> None:
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.6, 0.72, 0.84], ce_reset=[0.5, 0.61, 0.72])
    report = build_report(sweep)
    lines = table_text(report).splitlines()
    column = lines[2].index("p, Holm")
    assert [line[column:].split()[0] for line in lines[10:13]] == ["–", "0.018", "0.225"]
    write(report, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<td>0.018</td>" in page
    assert surviving(report).replace("'", "&#x27;") in page
    with (tmp_path / "out" / "report.csv").open() as file:
        found = {line["method"]: line for line in csv.DictReader(file) if line["noise"] == AT}
    assert float(found["sat"]["last_p_holm"]) == pytest.approx(2 * float(found["sat"]["last_p"]))
    assert found["ce"]["last_p"] == ""


def test_it_is_said_which_differences_survive(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.6, 0.72, 0.84], ce_reset=[0.4, 0.51, 0.605])
    confirm(sweep, rate=0.2, ce=[0.5, 0.6, 0.7], sat=[0.4, 0.71, 0.9])
    assert surviving(build_report(sweep)) == (
        "Of 3 comparisons with ce (last epoch), 2 survive Holm's correction at 5 %: "
        "sat and ce+reset (worse) at symmetric-0.4.")


def test_a_list_of_all_is_no_list(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.6, 0.72, 0.84], ce_reset=[0.6, 0.71, 0.805])
    assert surviving(build_report(sweep)) == "All 2 comparisons with ce (last epoch) survive Holm's correction at 5 %."


def test_a_sentence_that_the_correction_refutes_says_so(sweep: SweepHome) -> None:
    # differences .05 .065 .035: t = 5.7735, p = 1 - t / sqrt(2 + t^2) = .0287, the smallest of three: times 3
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.55, 0.665, 0.735])
    for rate in (0.0, 0.2):
        confirm(sweep, rate=rate, ce=[0.5, 0.6, 0.7], sat=[0.4, 0.71, 0.9])
    report = build_report(sweep)
    said = sentence(report, AT)
    assert "sat (last 65.0 %, 95 % CI 41.8–88.2) lies above ce" in said
    assert said.endswith("points. It does not survive Holm's correction for 3 comparisons (corrected p 0.086).")
    assert surviving(report) == "Of 3 comparisons with ce (last epoch), none survives Holm's correction at 5 %."


def test_without_comparisons_nothing_is_said(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.5, 0.6, 0.7])
    report = build_report(sweep)
    assert surviving(report) == ""
    assert "Holm" not in table_text(report).replace("p, Holm", "")


def test_equal_methods_and_a_difference_that_never_changes(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.5, 0.6, 0.7], sat=[0.5, 0.6, 0.7], ce_reset=[0.6, 0.7, 0.8])
    report = build_report(sweep)
    p_values = [difference.p for _, difference in report.comparisons]
    assert p_values == [1.0, 0.25]  # not zero: three signs agree by chance once in four times
    (notice,) = [notice for notice in notices(report) if "on every seed" in notice]
    assert notice.startswith("The same difference to ce on every seed: ce+reset at symmetric-0.4.")
    assert "It does not survive Holm's correction for 2 comparisons (corrected p 0.500)." in sentence(report, AT)
