"""From result files to rows: what counts, what is compared, what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sample_home import SETTINGS, describe, history, result, sample, space

from sat_sweep.home import Home, SweepHome
from sat_sweep.report import Report, Row, build_report, table_text

TEST, VALIDATION = "test/accuracy", "val/noisy_accuracy"


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    home = Home(str(tmp_path)).sweep("sample")
    describe(home)
    return home


def row(report: Report, method: str = "sat", noise: str = "symmetric-0.4") -> Row:
    return next(row for row in report.rows if (row.method, row.noise) == (method, noise))


def confirm(sweep: SweepHome, method: str, finals: list[float], rate: float = 0.4, first: int = 0) -> None:
    for number, final in enumerate(finals, start=first):
        curves = (TEST, [0.5, 0.8, final]), (VALIDATION, [0.3, 0.4, 0.35])
        sweep.add_result(result(method, rate, "confirm", number, history(*curves)))


def test_the_json_has_exactly_the_promised_shape(tmp_path: Path) -> None:
    content = json.loads(json.dumps(build_report(sample(tmp_path)).to_json()))
    assert list(content) == ["sweep", "rows", "compute", "search"]
    assert content["sweep"] == "sample"
    assert list(content["compute"]) == ["epochs_requested", "epochs_trained", "seconds"]
    assert [(r["noise"], r["method"]) for r in content["rows"]] == [
        (noise, method) for noise in ("symmetric-0", "symmetric-0.2", "symmetric-0.4")
        for method in ("ce", "sat", "ce+reset")]
    last = content["rows"][-2]
    assert list(last) == ["method", "noise", "rate", "error_rate", "seeds", "last", "best", "trials",
                          "settings", "difference", "gap"]
    assert (last["rate"], last["error_rate"], last["seeds"]) == (0.4, pytest.approx(0.4), 5)
    assert last["settings"] == SETTINGS["sat"]
    assert last["trials"] == {"complete": 2, "pruned": 1, "failed": 1}
    for measure in ("last", "best"):
        assert list(last[measure]) == ["mean", "std", "ci95"]
        assert last[measure]["ci95"][0] < last[measure]["mean"] < last[measure]["ci95"][1]


def test_last_is_the_final_epoch_and_best_is_picked_on_noisy_validation(sweep: SweepHome) -> None:
    seeds = [([0.5, 0.8, 0.6], [0.3, 0.4, 0.4]), ([0.7, 0.6, 0.5], [0.1, 0.2, 0.3])]
    for number, (test, validation) in enumerate(seeds):
        records = history((TEST, test), (VALIDATION, validation))
        sweep.add_result(result("sat", 0.4, "confirm", number, records))
    found = row(build_report(sweep))
    assert found.last.by_seed == {1: 0.6, 2: 0.5}
    assert found.gap is not None
    assert (found.gap.count, found.gap.mean) == (2, pytest.approx((-0.2 + 0.0) / 2))
    assert found.best.by_seed == {1: 0.8, 2: 0.5}  # of two equals the first; not 0.7, the best by test labels


def test_differences_to_the_baseline_are_paired_at_the_same_noise(sweep: SweepHome) -> None:
    confirm(sweep, "ce", [0.50, 0.60, 0.70])
    confirm(sweep, "ce", [0.90, 0.90, 0.90], rate=0.2)
    confirm(sweep, "sat", [0.60, 0.72, 0.84])
    report = build_report(sweep)
    difference = row(report).last.difference
    assert difference is not None
    assert (difference.count, difference.mean) == (3, pytest.approx(0.12))
    assert difference.ci95 == pytest.approx((0.0703172, 0.1696828), abs=1e-6)
    assert row(report, "ce").last.difference is None


def test_the_space_file_may_name_another_baseline(sweep: SweepHome) -> None:
    describe(sweep, space=space(baseline="sat"))
    confirm(sweep, "ce", [0.5, 0.6])
    confirm(sweep, "sat", [0.7, 0.7])
    report = build_report(sweep)
    assert report.baseline == "sat"
    assert row(report).last.difference is None
    assert row(report, "ce").last.difference.mean == pytest.approx(-0.15)  # type: ignore[union-attr]


def test_a_study_without_confirmation_has_a_row_of_nothing_but_its_search(sweep: SweepHome) -> None:
    describe(sweep, state="running")
    for number, value in enumerate([0.4, 0.6, 0.5]):
        values = {"sat.momentum": value}
        sweep.add_result(result("sat", 0.4, "search", number, history((VALIDATION, [value])), value=value,
                                values=values, error_rate=0.41))
    report = build_report(sweep)
    content = row(report).to_json()
    nothing = {"mean": None, "std": None, "ci95": None}
    assert (content["last"], content["best"], content["seeds"]) == (nothing, nothing, 0)
    assert content["settings"] == {"sat.momentum": 0.6}
    assert content["error_rate"] == pytest.approx(0.41)
    assert (report.state, report.confirmed) == ("running", False)
    assert row(report, "ce").trials.to_json() == {"complete": 0, "pruned": 0, "failed": 0}


def test_one_seed_has_a_mean_and_no_interval(sweep: SweepHome) -> None:
    confirm(sweep, "sat", [0.9])
    assert row(build_report(sweep)).to_json()["last"] == {"mean": 0.9, "std": None, "ci95": None}


def test_without_validation_there_is_no_best(sweep: SweepHome) -> None:
    describe(sweep, space=space(confirm={"seeds": 2, "train_on": "trainval"}))
    for number in range(2):
        sweep.add_result(result("sat", 0.4, "confirm", number, history((TEST, [0.5, 0.9]))))
    found = row(build_report(sweep))
    assert (found.last.summary.mean, found.best.summary.mean) == (0.9, None)


def test_a_diverged_seed_counts_with_what_it_had_reached(sweep: SweepHome) -> None:
    confirm(sweep, "sat", [0.9, 0.9])
    broken = result("sat", 0.4, "confirm", 2, history((TEST, [0.5, 0.1])), state="failed",
                    reason="epoch 2: the training loss is not finite\nmore")
    sweep.add_result(broken)
    found = row(build_report(sweep))
    assert found.last.by_seed == {1: 0.9, 2: 0.9, 3: 0.1}
    assert found.confirmed.failed == 1
    assert found.failures == ("sat/symmetric-0.4/confirm-0002: epoch 2: the training loss is not finite",)


def test_a_seed_that_measured_nothing_is_missing_but_named(sweep: SweepHome) -> None:
    confirm(sweep, "sat", [0.9, 0.8])
    sweep.add_result(result("sat", 0.4, "confirm", 2, [], state="failed", reason="the worker died"))
    found = row(build_report(sweep))
    assert found.seeds == 2
    assert "the worker died" in found.failures[0]


def test_seeds_of_a_former_winner_are_not_mixed_in(sweep: SweepHome) -> None:
    confirm(sweep, "sat", [0.7, 0.7, 0.7])
    records = history((TEST, [0.9]))
    sweep.add_result(result("sat", 0.4, "confirm", 0, records, values={"sat.momentum": 0.5}, ended=5000.0,
                            spec={"method": "sat", "momentum": 0.5, "seed": 1}))
    found = row(build_report(sweep))
    assert (found.last.by_seed, found.settings) == ({1: 0.9}, {"sat.momentum": 0.5})


def test_seeds_beyond_those_asked_for_do_not_count(sweep: SweepHome) -> None:
    describe(sweep, space=space(confirm={"seeds": 2, "train_on": "train"}))
    confirm(sweep, "sat", [0.7, 0.8, 0.1])
    assert row(build_report(sweep)).last.by_seed == {1: 0.7, 2: 0.8}


def test_compute_adds_up_all_trials(sweep: SweepHome) -> None:
    records = history((TEST, [0.1, 0.2, 0.3]))
    sweep.add_result(result("ce", 0.0, "search", 0, records, epochs_trained=3, started=100.0, ended=130.0))
    sweep.add_result(result("sat", 0.4, "confirm", 0, records, epochs_trained=1, started=110.0, ended=160.0))
    compute = build_report(sweep).compute
    assert compute.to_json() == {"epochs_requested": 6, "epochs_trained": 4, "seconds": 60.0}
    assert compute.trial_seconds == 80.0


def test_gaps_in_a_curve_are_no_zeros(sweep: SweepHome) -> None:
    records = history((TEST, [0.5, 0.8, 0.7]), (VALIDATION, [0.2, 0.3, 0.4]))
    del records[2]["metrics"][TEST]
    sweep.add_result(result("sat", 0.4, "confirm", 0, records))
    found = row(build_report(sweep))
    assert (found.last.by_seed, found.best.by_seed) == ({1: 0.8}, {1: 0.8})


def test_an_empty_description_is_enough(tmp_path: Path) -> None:
    bare = Home(str(tmp_path)).sweep("bare")
    bare.update(name="bare")
    bare.add_result(replace(result("ce", 0.2, "confirm", 0, history((TEST, [0.5]))), sweep="bare"))
    report = build_report(bare)
    assert [(found.method, found.noise, found.seeds) for found in report.rows] == [("ce", "symmetric-0.2", 1)]
    assert "bare" in table_text(report)
