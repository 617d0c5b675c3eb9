"""Columns, words, ranking and epochs follow the measures of the task, whichever they are."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Literal

import pytest
from sample_home import describe, history, result, space

from sat_sweep.errors import UserError
from sat_sweep.home import Home, SweepHome
from sat_sweep.report import Report, build, build_report, table_text, winner, write
from sat_sweep.report.figures import learning
from sat_sweep.report.notices import notices
from sat_sweep.report.protocol import protocol
from sat_sweep.report.verdict import answer, not_separated, ranked, sentence
from sat_sweep.tasks import Measure, Selection, Task
from sat_sweep.tasks.measure import fraction

AT = "symmetric-0.4"
NOISY_RISK = fraction("val/noisy_risk", "val", "given", "risk on noisy validation labels", "lower")
RISK = fraction("test/risk", "test", "true", "test risk", "lower")
COVERED = fraction("test/covered", "test", "true", "test coverage")
LOSS = Measure("test/loss", "test", "true", "lower", float("inf"), "nats", "test loss", (0.0, None))
ENERGY = Measure("test/energy", "test", "none", "higher", float("-inf"), "", "test energy")


class Risk(Task):
    """Two measures of which less is better, and a further one."""

    name: Literal["risk"] = "risk"

    @property
    def measures(self) -> tuple[Measure, ...]:
        return RISK, NOISY_RISK, COVERED

    @property
    def selection(self) -> Selection:
        return Selection(NOISY_RISK)

    @property
    def answer(self) -> Measure:
        return RISK

    def on_validation(self, part: Any, evaluation: Any) -> dict[str, Any]:
        raise NotImplementedError

    def on_test(self, part: Any, evaluation: Any) -> dict[str, Any]:
        raise NotImplementedError


class Loss(Risk):
    """Judged in nats."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        return LOSS, NOISY_RISK

    @property
    def answer(self) -> Measure:
        return LOSS


class Energy(Risk):
    """Judged by a plain number."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        return ENERGY, NOISY_RISK

    @property
    def answer(self) -> Measure:
        return ENERGY


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepHome:
    monkeypatch.setattr(build, "task_of", lambda _: Risk())
    home = Home(str(tmp_path)).sweep("sample")
    describe(home, space=space(confirm={"seeds": 3, "train_on": "train"}))
    return home


def confirm(sweep: SweepHome, name: str, **methods: list[float]) -> Report:
    for method, finals in methods.items():
        for number, final in enumerate(finals):
            curves = (name, [0.5, 0.02, final]), ("val/noisy_risk", [0.5, 0.1, 0.3]), ("test/covered", [0.1, 0.2, 0.7])
            sweep.add_result(result(method, 0.4, "confirm", number, history(*curves)))
    return build_report(sweep)


def test_the_lowest_risk_leads(sweep: SweepHome) -> None:
    report = confirm(sweep, "test/risk", ce=[0.30, 0.31, 0.32], sat=[0.11, 0.10, 0.12])
    assert [row.method for row in ranked(report, AT)] == ["sat", "ce"]
    assert [row.method for row in not_separated(report, AT)] == ["sat"]
    assert sentence(report, AT) == (
        "At symmetric-0.4, sat (last 11.00 %, 95 % CI 8.52–13.48) lies below "
        "ce (last 31.00 %, 95 % CI 28.52–33.48): paired difference −20.00 [−22.48, −17.52] points.")


def test_a_higher_risk_is_worse(sweep: SweepHome) -> None:
    report = confirm(sweep, "test/risk", ce=[0.10, 0.11, 0.12], sat=[0.31, 0.30, 0.32])
    assert answer(report) == "At symmetric-0.4, no method lies below ce (last 11.00 %, 95 % CI 8.52–13.48)."
    assert "1 survives Holm's correction at 5 %: sat (worse) at symmetric-0.4." in table_text(report)


def test_the_best_epoch_is_the_one_with_the_lowest_noisy_risk(sweep: SweepHome) -> None:
    report = confirm(sweep, "test/risk", sat=[0.11, 0.10, 0.12])
    row = next(row for row in report.rows if row.key == "sat/symmetric-0.4")
    assert (row.best.by_seed, row.last.by_seed[1]) == ({1: 0.02, 2: 0.02, 3: 0.02}, 0.11)


def test_the_winner_has_the_lowest_score(sweep: SweepHome) -> None:
    for number, value in enumerate([0.4, 0.2, 0.2, 0.3]):
        sweep.add_result(result("sat", 0.4, "search", number, [], value=value, values={"sat.momentum": number / 10}))
    row = next(row for row in build_report(sweep).rows if row.key == "sat/symmetric-0.4")
    assert (row.score, row.settings) == (0.2, {"sat.momentum": 0.1})
    found = winner(sweep.results(), NOISY_RISK)
    assert found is not None
    assert found.number == 1


def test_words_come_from_the_measures(sweep: SweepHome) -> None:
    report = confirm(sweep, "test/risk", ce=[0.30, 0.31, 0.32], sat=[0.11, 0.10, 0.12])
    text = table_text(report)
    assert "Test risk in % (lower is better): mean ± standard deviation" in text
    assert "accuracy" not in text
    said = " ".join(protocol(report))
    assert "the trial with the lowest risk on noisy validation labels" in said
    assert "“last” is test risk after the final epoch" in said
    assert "“Lies below” is said only" in said
    assert "accuracy" not in said


def test_the_page_has_no_accuracy_where_there_is_none(sweep: SweepHome, tmp_path: Path) -> None:
    write(confirm(sweep, "test/risk", ce=[0.30, 0.31, 0.32], sat=[0.11, 0.10, 0.12]), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "accuracy" not in page.lower()
    for said in ("Bold: the lowest mean", "risk on noisy validation labels in search, %", "Test risk of each study",
                 "test coverage, %", "70.0 ± 0.0 [70.0, 70.0]"):
        assert said in page


def test_further_measures_are_in_the_files(sweep: SweepHome, tmp_path: Path) -> None:
    report = confirm(sweep, "test/risk", ce=[0.30, 0.31, 0.32])
    rows = {row.key: row.to_json() for row in report.rows}
    assert rows["ce/symmetric-0.4"]["measures"] == {
        "test/covered": {"mean": pytest.approx(0.7), "std": pytest.approx(0), "ci95": pytest.approx([0.7, 0.7])}}
    assert "measures" not in rows["sat/symmetric-0.4"]
    write(report, tmp_path / "out")
    with (tmp_path / "out" / "report.csv").open() as file:
        means = [row["test/covered_mean"] for row in csv.DictReader(file)]
    assert [float(mean) for mean in means if mean] == [rows["ce/symmetric-0.4"]["measures"]["test/covered"]["mean"]]
    lines = (tmp_path / "out" / "report.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| noise | method | test coverage, % |")
    assert lines[start - 2: start + 3][::2] == ["What else was measured, likewise:", lines[start],
                                                "| symmetric-0 | ce | – |"]
    assert "| symmetric-0.4 | ce | 70.0 ± 0.0 |" in lines[start:]


def test_curves_show_what_the_task_measures(sweep: SweepHome) -> None:
    report = confirm(sweep, "test/risk", ce=[0.30, 0.31, 0.32])
    titles = [panel.get_title(loc="left") for panel in learning(report, AT)[0].axes if panel.get_visible()]
    assert titles == ["test risk", "risk on noisy validation labels", "test coverage"]


def test_what_is_not_to_be_drawn_is_in_the_tables_alone(sweep: SweepHome, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = COVERED._replace(drawn=False)
    monkeypatch.setattr(Risk, "measures", (RISK, NOISY_RISK, hidden))
    report = confirm(sweep, "test/risk", ce=[0.30, 0.31, 0.32])
    titles = [panel.get_title(loc="left") for panel in learning(report, AT)[0].axes if panel.get_visible()]
    assert titles == ["test risk", "risk on noisy validation labels"]
    assert report.measured_further == [hidden]


def test_nats_stay_nats(sweep: SweepHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "task_of", lambda _: Loss())
    report = confirm(sweep, "test/loss", ce=[1.30, 1.31, 1.32], sat=[0.01, 0.40, 0.02])
    assert sentence(report, AT) == (
        "At symmetric-0.4, sat (last 0.143 nats, 95 % CI 0.000–0.696) lies below ce (last 1.310 nats, "
        "95 % CI 1.285–1.335): paired difference −1.167 [−1.719, −0.614] nats.")
    assert "Test loss in nats (lower is better)" in table_text(report)
    assert "in nats, paired by seed" in table_text(report)


def test_a_plain_number_may_be_negative(sweep: SweepHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "task_of", lambda _: Energy())
    report = confirm(sweep, "test/energy", ce=[-2.0, -2.1, -1.9], sat=[-1.0, -1.2, -0.9])
    assert "sat (last −1.033, 95 % CI −1.413 to −0.654) lies above ce" in sentence(report, AT)
    text = table_text(report)
    assert "Test energy: mean ± standard deviation" in text
    assert "; differences to ce, paired by seed" in text
    assert "can be" not in " ".join(protocol(report))


def test_a_failed_seed_counts_with_the_measure_it_had_reached(sweep: SweepHome) -> None:
    confirm(sweep, "test/risk", ce=[0.30, 0.31])
    broken = result("ce", 0.4, "confirm", 2, history(("test/risk", [0.9])), state="failed", reason="broke")
    sweep.add_result(broken)
    report = build_report(sweep)
    row = next(row for row in report.rows if row.key == "ce/symmetric-0.4")
    assert row.last.by_seed == {1: 0.30, 2: 0.31, 3: 0.9}
    assert any("A failed seed counts with the test risk that it had reached" in notice for notice in notices(report))


def test_the_task_is_the_one_that_the_space_file_names() -> None:
    assert build.task_of({}).name == "classification"
    assert build.task_of({"task": {"name": "classification"}}).answer.name == "test/accuracy"
    with pytest.raises(UserError, match="unknown task 'clasification'"):
        build.task_of({"task": {"name": "clasification"}})
