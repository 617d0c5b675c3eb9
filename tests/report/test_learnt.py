"""What searches have learnt, where the answer is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sample_home import history, result
from searched_home import RANGES, TRIALS, best_start, searched

from sat_sweep.home import SweepHome
from sat_sweep.report import build_report
from sat_sweep.report.axis import axis_of
from sat_sweep.report.learnt.heat_map import cells
from sat_sweep.report.learnt.setting import CELLS, Setting, setting_of
from sat_sweep.report.learnt.shift import winners
from sat_sweep.report.learnt.tried import Tried, best_so_far, ranks
from sat_sweep.tasks.measure import Measure, fraction

ACCURACY = fraction("val/noisy_accuracy", "val", "given", "accuracy")
LOSS = Measure("val/noisy_loss", "val", "given", "lower", 9.0, "nats", "loss")


def trial(number: int, score: float | None, state: str = "complete", **settings: Any) -> Tried:
    return Tried(number, state, score, settings)


def test_only_complete_trials_improve_on_the_best_so_far():
    trials = [trial(0, 0.9, "pruned"), trial(1, 0.5), trial(2, 0.4), trial(3, 0.7), trial(4, None, "failed")]
    assert best_so_far(trials, ACCURACY) == [None, 0.5, 0.5, 0.7, 0.7]
    assert best_so_far(trials, LOSS) == [None, 0.5, 0.4, 0.4, 0.4]


def test_ranks_go_from_the_worst_to_the_best_and_equals_share_theirs():
    trials = [trial(0, 0.5), trial(1, 0.7), trial(2, 0.5), trial(3, 0.9), trial(4, 1.0, "pruned")]
    assert ranks(trials, ACCURACY) == pytest.approx({0: 1 / 6, 2: 1 / 6, 1: 2 / 3, 3: 1.0})
    assert ranks(trials, LOSS)[3] == 0.0
    assert ranks(trials[:1], ACCURACY) == {}


def test_the_setting_that_decides_is_the_most_important_though_its_best_value_moves(tmp_path: Path):
    (sat,) = build_report(searched(tmp_path)).learnt
    assert sat.method == "sat"
    assert [setting.name for setting in sat.by_importance] == ["sat.start_epoch", "sat.momentum"]
    assert sat.importances["sat.start_epoch"] > 0.7
    assert sum(sat.importances.values()) == pytest.approx(1.0)
    assert len(sat.ranked) == 3 * (TRIALS - 2), "neither pruned nor failed trials count"


def test_studies_of_few_trials_are_put_together_for_an_estimate(tmp_path: Path):
    sweep = searched(tmp_path)
    listed = sweep.describe()
    assert listed is not None
    sweep.update(searched={study.key: 8 for study in listed.studies})
    (sat,) = build_report(sweep).learnt
    assert [len(study.trials) for study in sat.studies] == [8, 8, 8]
    assert sum(sat.importances.values()) == pytest.approx(1.0)
    (alone,) = build_report(_of_eight(tmp_path / "alone")).learnt
    assert alone.importances == {}


def _of_eight(place: Path) -> SweepHome:
    """A single study, of which eight trials count."""
    sweep = searched(place, rates=(0.2,))
    sweep.update(searched={"sat/symmetric-0.2": 8})
    return sweep


def test_how_the_best_setting_moves_with_the_noise_rate(tmp_path: Path):
    report = build_report(searched(tmp_path))
    (sat,) = report.learnt
    start = next(setting for setting in sat.settings if setting.name == "sat.start_epoch")
    assert winners(sat, start, axis_of(report)) == {
        "": [(rate, best_start(rate)) for rate in (0.1, 0.2, 0.4)]}


def test_the_json_has_every_trial_with_how_it_ended(tmp_path: Path):
    content = json.loads(json.dumps(build_report(searched(tmp_path)).to_json()["search"]))
    (sat,) = content
    study = sat["studies"][1]
    assert (study["noise"], study["rate"], study["winner"]) == ("symmetric-0.2", 0.2, 0)
    assert [each["state"] for each in study["trials"][:4]] == ["complete", "pruned", "failed", "complete"]
    assert [each["number"] for each in study["trials"]] == list(range(TRIALS))
    assert study["trials"][0] == {"number": 0, "state": "complete", "score": 0.8,
                                  "settings": study["trials"][0]["settings"]}
    assert study["trials"][0]["settings"]["sat.start_epoch"] == 16
    assert study["trials"][2]["score"] is None
    assert study["best_so_far"] == [0.8] * TRIALS
    assert "tuning" not in study


def test_what_honest_tuning_cost_is_known_with_diagnostics_alone(tmp_path: Path):
    """Test accuracies fall from 1 by a hundredth with each trial: of 0, 3, 4 ... 23 the median is that of 12 and 13."""
    (sat,) = build_report(searched(tmp_path, diagnostics=True)).learnt
    costs = [study.tuning_cost for study in sat.studies]
    assert [(cost.untuned, cost.tuned, cost.oracle) for cost in costs if cost] == [
        (pytest.approx(0.875), 1.0, 1.0)] * 3
    assert sat.to_json()["studies"][0]["tuning"]["oracle"] == 1.0


def test_the_oracle_is_the_best_by_test_labels_and_the_tuned_one_is_not(tmp_path: Path):
    sweep = searched(tmp_path, rates=(0.2,), diagnostics=True)
    better = history(("val/noisy_accuracy", [0.95]), ("test/accuracy", [0.6]))
    values = {"sat.momentum": 0.7, "sat.start_epoch": 5}
    sweep.add_result(result("sat", 0.2, "search", 5, better, value=0.95, values=values))
    (sat,) = build_report(sweep).learnt
    cost = sat.studies[0].tuning_cost
    assert cost is not None
    assert (cost.tuned, cost.oracle) == (0.6, 1.0)


def test_where_nobody_knows_true_labels_there_is_no_oracle(tmp_path: Path):
    sweep = searched(tmp_path, diagnostics=True)
    known = sweep.describe()
    assert known is not None
    sweep.update(space={**known.space, "noise": {"kind": "as_given"}})
    (sat,) = build_report(sweep).learnt
    assert [study.tuning_cost for study in sat.studies] == [None] * 3


def test_cells_of_the_heat_map_have_the_mean_rank_of_their_trials(tmp_path: Path):
    (sat,) = build_report(searched(tmp_path, rates=(0.2,))).learnt
    start, momentum = sat.by_importance
    found = cells(sat, start, momentum)
    assert (len(found), len(found[0])) == (CELLS, CELLS)
    by_cell: dict[tuple[int, int], list[float]] = {}
    for settings, rank in sat.ranked:
        row = int((settings["sat.momentum"] - 0.5) / 0.49 * CELLS)
        column = min(CELLS - 1, int((settings["sat.start_epoch"] - 2) / 22 * CELLS))
        by_cell.setdefault((row, column), []).append(rank)
    filled = {(row, column): value for row, line in enumerate(found) for column, value in enumerate(line)
              if value == value}
    assert filled == {cell: pytest.approx(sum(values) / len(values)) for cell, values in by_cell.items()}


def test_axes_go_as_far_as_was_searched_and_no_record_is_needed_for_one():
    known = setting_of("sat.start_epoch", [RANGES["sat.start_epoch"]], [5, 9])
    assert (known.low, known.high, known.log, known.integer, known.range) == (2, 24, False, True, "2 to 24")
    guessed = setting_of("lr", [{}], [0.001, 0.05])
    assert (guessed.low, guessed.high, guessed.log) == (0.001, 0.05, True)
    assert setting_of("lr", [{}], [0.01, 0.05]).log is False
    assert setting_of("name", [{"choices": ["a", "b"]}], ["b"]).choices == ("a", "b")
    assert setting_of("flag", [{}], [True, False]).choices == (True, False)


def test_places_and_ticks_of_an_axis():
    rate = Setting("rate", 1e-3, 0.1, log=True)
    assert rate.place(0.01) == pytest.approx(-2)
    assert list(rate.ticks.values()) == ["0.001", "0.003", "0.01", "0.03", "0.1"]
    assert [rate.cell(value) for value in (1e-3, 0.0099, 0.1)] == [0, 2, CELLS - 1]
    assert list(Setting("start", 2, 24, integer=True).ticks.values()) == ["5", "10", "15", "20"]
    names = Setting("name", choices=("a", "b"))
    assert (names.ticks, names.cell("b"), names.ends) == ({0.0: "a", 1.0: "b"}, 1, (-0.5, 1.5))
    fixed = Setting("fixed", 3, 3)
    assert (fixed.cell(3), fixed.ends) == (2, (2.5, 3.5))
