"""Which setting decides, where the answer is known."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sat_sweep.search.importance import FEWEST, importances

RANGES: dict[str, dict[str, Any]] = {
    "sat.momentum": {"low": 0.5, "high": 0.99, "log": False, "integer": False, "choices": None},
    "sat.start_epoch": {"low": 2, "high": 24, "log": False, "integer": True, "choices": None},
    "reset.rate": {"low": 1e-3, "high": 0.1, "log": True, "integer": False, "choices": None},
    "model.width": {"choices": [16, 64, 256]},
}


def drawn(count: int) -> list[dict[str, Any]]:
    draw = random.Random(3)
    return [{"sat.momentum": draw.uniform(0.5, 0.99), "sat.start_epoch": draw.randint(2, 24),
             "reset.rate": 10 ** draw.uniform(-3, -1), "model.width": draw.choice([16, 64, 256])} for _ in range(count)]


@pytest.mark.parametrize("decides", list(RANGES))
def test_the_setting_that_decides_everything_has_nearly_all_of_it(decides):
    trials = drawn(200)
    found = importances(trials, [float(trial[decides]) for trial in trials], RANGES)
    assert next(iter(found)) == decides
    assert found[decides] > 0.8
    assert sum(found.values()) == pytest.approx(1.0)
    assert set(found) == set(RANGES)


def test_the_same_trials_give_the_same_shares_whatever_monotone_scale_scores_have():
    trials = drawn(60)
    scores = [trial["sat.momentum"] + trial["sat.start_epoch"] / 100 for trial in trials]
    assert importances(trials, scores, RANGES) == importances(trials, [score ** 3 for score in scores], RANGES)


def test_from_few_trials_or_equal_scores_nothing_is_told():
    trials = drawn(FEWEST)
    scores = [trial["sat.momentum"] for trial in trials]
    assert importances(trials[1:], scores[1:], RANGES) == {}
    assert importances(trials, [0.5] * FEWEST, RANGES) == {}
    assert importances(trials, scores, RANGES)
