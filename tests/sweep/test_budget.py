"""A budget on real trials: the search ends, the winners are confirmed, and more of it goes on from there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.execution.sweeps import Lab
from tests.sweep.slow_epochs import slowed

pytestmark = pytest.mark.slow
TRIALS, SEEDS = 16, 2
SPACE = f"""\
name: tiny
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [ce, sat, gce]
model: {{name: mlp, width: 32}}
training: {{epochs: 4, batch_size: 32}}
search: {{trials: {TRIALS}, batch: 2, space: {{sat.start_epoch: 1}}}}
confirm: {{seeds: {SEEDS}}}
"""
BUDGET = "budget: {hours: 0.004}\n"
"""Fourteen seconds: an epoch takes a quarter of one, so 34 trials take more on two workers, and confirming less."""


def test_the_search_ends_the_winners_are_confirmed_and_a_larger_budget_goes_on(tmp_path: Path) -> None:
    slowly = slowed(tmp_path, 0.25)
    lab = Lab(tmp_path, SPACE + BUDGET)
    launched = lab.launch("--workers", "2", "--no-share", **slowly)
    assert launched.status == 0, launched.err
    assert "the budget ends the search after" in launched.err
    assert "Note: The budget has ended the search in time" in launched.out
    missing = lab.report()["budget"]["unsearched"]
    searched = {row["method"]: sum(row["trials"].values()) for row in lab.report()["rows"]}
    assert searched == {"ce": 1, **{method: TRIALS - missing[f"{method}/symmetric-0.4"] for method in ("sat", "gce")}}
    assert 1 <= searched["sat"] == searched["gce"] < TRIALS
    assert {(row["seeds"], row["trials"]["failed"]) for row in lab.report()["rows"]} == {(SEEDS, 0)}
    status = json.loads(lab.command("status", "tiny", "--json").out)
    assert status["budget"]["search_ended"]
    assert {study.get("unsearched", 0) for study in status["studies"]} == {0, TRIALS - searched["sat"]}

    again = lab.launch("--serial")
    assert (again.status, again.epochs_trained) == (0, 0)
    unlimited = replace(lab, text=SPACE)
    further = unlimited.launch("--serial")
    assert further.status == 0, further.err
    assert "budget" not in unlimited.report()
    assert [sum(row["trials"].values()) for row in unlimited.report()["rows"]] == [1, TRIALS, TRIALS]
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    undisturbed = Lab(fresh, SPACE)
    assert undisturbed.launch("--serial").status == 0
    assert unlimited.report() == undisturbed.report()
