"""The sentences say no more than the intervals allow, and reservations are never forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sample_home import describe, history, result, sample, space

from sat_sweep.home import Home, SweepHome
from sat_sweep.report import build_report, table_text
from sat_sweep.report.notices import notices
from sat_sweep.report.verdict import answer, not_separated, sentence
from sat_sweep.report.wording import at

AT = "symmetric-0.4"


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    home = Home(str(tmp_path)).sweep("sample")
    describe(home, space=space(confirm={"seeds": 3, "train_on": "train"}))
    return home


def confirm(sweep: SweepHome, **methods: list[float]) -> None:
    for method, finals in methods.items():
        for number, final in enumerate(finals):
            sweep.add_result(result(method.replace("_", "+"), 0.4, "confirm", number,
                                    history(("test/accuracy", [final]))))


def test_a_clear_difference_is_called_above(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.70, 0.71, 0.72], sat=[0.90, 0.92, 0.91])
    assert sentence(build_report(sweep), AT) == (
        "At symmetric-0.4, sat (last 91.0 %, 95 % CI 88.5–93.5) lies above "
        "ce (last 71.0 %, 95 % CI 68.5–73.5): paired difference +20.0 [+17.5, +22.5] points.")


def test_an_interval_over_zero_is_called_not_separated(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.70, 0.80, 0.75], sat=[0.80, 0.70, 0.78])
    said = sentence(build_report(sweep), AT)
    assert said.startswith("At symmetric-0.4, the data do not separate sat")
    assert "above" not in said


def test_a_leading_baseline_is_admitted(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.90, 0.91, 0.92], sat=[0.70, 0.71, 0.72], ce_reset=[0.90, 0.905, 0.92])
    said = sentence(build_report(sweep), AT)
    assert "no method lies above ce" in said
    assert said.endswith("Not separated from ce: ce+reset.")


def test_ties_with_the_leader_are_named_and_bold(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.50, 0.51, 0.52], sat=[0.90, 0.91, 0.92], ce_reset=[0.91, 0.89, 0.92])
    report = build_report(sweep)
    assert sentence(report, AT).endswith("Not separated from sat: ce+reset.")
    assert {row.method for row in not_separated(report, AT)} == {"sat", "ce+reset"}


def test_one_seed_concludes_nothing(sweep: SweepHome) -> None:
    confirm(sweep, ce=[0.50], sat=[0.90])
    said = sentence(build_report(sweep), AT)
    assert "nothing is concluded" in said
    assert "above" not in said


def test_best_is_judged_where_best_was_selected(sweep: SweepHome) -> None:
    describe(sweep, space=space(search={"select": "best"}))
    for method, shift in (("ce", 0.0), ("sat", 0.1)):
        for number in range(3):
            curves = ("test/accuracy", [0.7 + shift, 0.1]), ("val/noisy_accuracy", [0.5, 0.4])
            sweep.add_result(result(method, 0.4, "confirm", number, history(*curves)))
    assert "sat (best 80.0 %" in sentence(build_report(sweep), AT)


def test_the_answer_is_about_the_worst_labels(tmp_path: Path) -> None:
    assert answer(build_report(sample(tmp_path))).startswith("At symmetric-0.4, sat ")


def test_without_confirmation_there_is_no_answer(sweep: SweepHome) -> None:
    assert "no answer" in answer(build_report(sweep))


@pytest.mark.parametrize(("changes", "said"), [
    ({"noise": {"kind": "as_given"}}, "test labels are as given"),
    ({"diagnostics": True}, "Diagnostics were on"),
    ({"confirm": {"seeds": 5, "train_on": "trainval"}}, "only `last` exists"),
])
def test_reservations(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    sweep = sample(tmp_path)
    assert notices(build_report(sweep)) == []
    describe(sweep, space=space(**changes))
    (notice,) = notices(build_report(sweep))
    assert said in notice


def test_a_trusted_test_set_is_told_with_what_its_size_leaves_open(sweep: SweepHome) -> None:
    """Wilson's interval for 45 of 50: 78.6 to 95.7 %."""
    studies = [{"key": "ce/symmetric-0.4", "method": "ce", "noise": "symmetric-0.4", "rate": 0.4, "trials": 4}]
    trusted = {"name": "table", "test_labels": "trusted"}
    describe(sweep, studies=studies, data={"fingerprint": "abc", "train": 9, "test": 50},
             space=space(confirm={"seeds": 3}, noise={"kind": "as_given"}, dataset=trusted))
    confirm(sweep, ce=[0.90, 0.88, 0.92])
    (found,) = notices(build_report(sweep))
    assert "The test labels are trusted, 50 of them." in found
    assert "test accuracy of 90.0 % stands for anything from 78.6 to 95.7 % on new examples" in found
    assert "as given too" not in found


@pytest.mark.parametrize(("sizes", "balanced", "said"), [
    ([40, 0, 400], True, []), ([40, 0, 401], True, ["10 times as many", "balanced test accuracy"]),
    ([40, 401], False, []), ([], True, []),
])
def test_where_classes_are_uneven_the_report_says_what_else_to_read(
    sweep: SweepHome, sizes: list[int], balanced: bool, said: list[str],
) -> None:
    """Classes that the test set lacks are no small ones; without the measure there is nothing to point to."""
    studies = [{"key": "ce/symmetric-0.4", "method": "ce", "noise": "symmetric-0.4", "rate": 0.4, "trials": 4}]
    describe(sweep, studies=studies, space=space(confirm={"seeds": 1}),
             data={"fingerprint": "abc", "train": 9, "test": 441, "test_sizes": sizes})
    curves = [("test/accuracy", [0.9]), *([("test/balanced_accuracy", [0.6])] if balanced else [])]
    sweep.add_result(result("ce", 0.4, "confirm", 0, history(*curves)))
    found = " ".join(notices(build_report(sweep)))
    assert bool(found) == bool(said)
    assert all(words in found for words in said)


def test_a_task_in_which_small_classes_count_needs_no_such_word(sweep: SweepHome) -> None:
    studies = [{"key": "ce/symmetric-0.4", "method": "ce", "noise": "symmetric-0.4", "rate": 0.4, "trials": 4}]
    describe(sweep, studies=studies, space=space(confirm={"seeds": 1}, search={"select_by": "balanced_accuracy"}),
             data={"fingerprint": "abc", "train": 9, "test": 441, "test_sizes": [40, 401]})
    curves = [("test/balanced_accuracy", [0.6]), ("test/worst_class_accuracy", [0.2])]
    sweep.add_result(result("ce", 0.4, "confirm", 0, history(*curves)))
    report = build_report(sweep)
    assert report.measure.title == "balanced test accuracy"
    assert notices(report) == []


def test_a_running_sweep_says_so_and_what_is_missing(sweep: SweepHome) -> None:
    describe(sweep, state="running", space=space(confirm={"seeds": 3}))
    confirm(sweep, ce=[0.5, 0.6, 0.7])
    (notice,) = notices(build_report(sweep))
    assert "state: running" in notice
    assert "sat/symmetric-0.4" in notice
    assert "ce/symmetric-0.4" not in notice


def test_the_table_is_plain_and_aligned(tmp_path: Path) -> None:
    text = table_text(build_report(sample(tmp_path)))
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("noise"))
    column = lines[start].index("seeds")
    assert [line[column:].split()[0] for line in lines[start + 2: start + 11]] == ["5"] * 9
    assert "4 (1 pruned, 1 failed)" in text
    assert "sat/symmetric-0.4/search-0003: epoch 40: the loss <is> not finite" in text
    assert "2942 epochs trained for 3212 requested" in text


def test_a_line_of_the_table_word_for_word(tmp_path: Path) -> None:
    lines = table_text(build_report(sample(tmp_path))).splitlines()
    assert " ".join(lines[2].split()) == "noise method last best last vs ce best vs ce p, Holm seeds trials"
    assert " ".join(lines[11].split()) == (
        "symmetric-0.4 sat 91.0 ± 0.5 [90.5, 91.6] 92.6 ± 0.5 [91.9, 93.2] +22.9 [+22.2, +23.6] +7.0 [+6.1, +7.9] "
        "<0.001 5 4 (1 pruned, 1 failed)")
    assert lines[14].startswith(
        "Test accuracy in %: mean ± standard deviation over seeds [95 % interval]; differences to ce in points, paired "
        "by seed; p of the last epoch's difference by a paired t-test, corrected for 6 comparisons (Holm).")


def test_labels_as_given_are_called_so():
    assert at("as_given") == "With labels as given"
    assert at("as_given model.width=16") == "With labels as given at model.width=16"
    assert at(AT) == "At symmetric-0.4"
