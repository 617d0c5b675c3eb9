from __future__ import annotations

import pytest

from sat_sweep.config import Dimension, plan
from sat_sweep.errors import SpaceFileError


def test_noise_level_by_noise_level_methods_in_the_order_of_the_file(space):
    assert [study.key for study in plan(space(methods=["sat", "ce"])).studies] == [
        "sat/symmetric-0.0", "ce/symmetric-0.0", "sat/symmetric-0.4", "ce/symmetric-0.4"]


def test_every_method_that_searches_has_the_same_budget(space):
    trials = {study.method: study.trials for study in plan(space(search={"trials": 6})).studies}
    assert trials == {"ce": 1, "sat": 6, "sat+reset": 6}


def test_a_searched_learning_rate_gives_every_method_the_full_budget(space):
    ranges = {"training.optimizer.lr": {"low": 0.01, "high": 1.0, "log": True}}
    assert {study.trials for study in plan(space(search={"space": ranges})).studies} == {8}


def test_counts(space):
    planned = plan(space(search={"trials": 6}, confirm={"seeds": 3}))
    assert planned.search_trials == 2 * (1 + 6 + 6)
    assert planned.confirm_trials == 2 * 3 * 3
    assert planned.epochs == (26 + 18) * 20


def test_spaces_are_the_same_at_every_noise_level(space):
    clean, noisy = plan(space()).studies[:3], plan(space()).studies[3:]
    assert [(s.method, s.dimensions) for s in clean] == [(s.method, s.dimensions) for s in noisy]
    assert [len(s.dimensions) for s in noisy] == [0, 2, 3]


def test_methods_bring_their_own_ranges_in_epochs_of_this_training(space):
    sat = plan(space(training={"epochs": 40})).studies[1]
    assert sat.dimensions == (
        Dimension("sat.momentum", 0.5, 0.99),
        Dimension("sat.start_epoch", 2.0, 24.0, integer=True),
    )


def test_a_range_that_few_epochs_leave_no_room_for_becomes_a_value(space):
    sat = plan(space(training={"epochs": 1})).studies[1]
    assert [d.name for d in sat.dimensions] == ["sat.momentum"]
    assert sat.search_spec({"sat.momentum": 0.5}).parameters["sat.start_epoch"] == 1


def test_asked_ranges_keep_their_details(space):
    ranges = {"sat.momentum": {"low": 0.5, "high": 0.9, "step": 0.1},
              "reset.patience": {"low": 1, "high": 8, "log": True},
              "training.batch_size": {"choices": [32, 64]}}
    dimensions = {d.name: d for d in plan(space(search={"space": ranges})).studies[2].dimensions}
    assert dimensions["sat.momentum"] == Dimension("sat.momentum", 0.5, 0.9, step=0.1)
    assert dimensions["reset.patience"] == Dimension("reset.patience", 1.0, 8.0, log=True, integer=True)
    assert dimensions["training.batch_size"] == Dimension("training.batch_size", choices=(32, 64))


def test_an_optional_whole_number_is_a_whole_number(space):
    ranges = {"model.width": {"low": 8, "high": 64}}
    assert plan(space(search={"space": ranges})).studies[0].dimensions[0].integer


def test_keys_are_safe_as_paths_and_unique_whatever_a_level_is_called(space):
    identity = [[float(i == j) for j in range(10)] for i in range(10)]
    noise = {"kind": "matrix", "matrices": dict.fromkeys(("a/b", "a b", "..", "plain"), identity)}
    keys = [study.key for study in plan(space(noise=noise, methods=["ce"])).studies]
    assert len(set(keys)) == 4
    assert keys[3] == "ce/plain"
    assert all(key.count("/") == 1 and ".." not in key and " " not in key for key in keys)


def test_a_plan_is_refused_like_a_file(space):
    with pytest.raises(SpaceFileError, match="unknown method 'satt'"):
        plan(space(methods=["ce", "satt"]))
