"""Where trials run, how many at a time and for how long altogether: it moves no trial."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.config import load_space, plan
from sat_sweep.config.resources import Resources
from sat_sweep.config.space import SpaceFile
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.home import Home
from sat_sweep.sweep.order import order_from

HEAD = """\
name: x
dataset: {name: digits}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce, sat]
model: {name: mlp}
"""
WHERE = "resources: {max_concurrent: 3, labels: {market-type: spot}, custom: {ssd: 1}, weight: 2, patience: 5}\n"
BUDGET = "budget: {hours: 8, gpu_hours: null}\n"


def loaded(folder: Path, further: str = "") -> SpaceFile:
    file = folder / "space.yaml"
    file.write_text(HEAD + further)
    return load_space(file)


def test_files_that_do_not_say_it_are_what_they_were(tmp_path: Path) -> None:
    space = loaded(tmp_path).model_dump(mode="json")
    assert space["resources"] == {"cpus": 1, "gpus": 0.0}
    assert "budget" not in space


def test_it_is_in_no_trial_and_in_no_identity(tmp_path: Path) -> None:
    plain, placed = plan(loaded(tmp_path)), plan(loaded(tmp_path, WHERE + BUDGET))
    assert [study.identity for study in placed.studies] == [study.identity for study in plain.studies]
    assert [study.typical_spec() for study in placed.studies] == [study.typical_spec() for study in plain.studies]


@pytest.mark.parametrize(("line", "says"), [
    ("resources: {max_concurrent: 0}", "resources.max_concurrent: must be at least 1; got 0"),
    ("resources: {labels: {market type: spot}}",
     "a label is named by letters, digits, dash, dot and underscore; got 'market type'"),
    ("resources: {labels: {market: a b}}",
     "resources.labels.market: must be a label's value, !value, in(value, value) or !in(value, value); got 'a b'"),
    ("resources: {labels: {zone: 1}}", "resources.labels.zone: must be text; got 1"),
    ("resources: {custom: {GPU: 1}}", "'GPU' stands in resources.gpus"),
    ("resources: {custom: {ssd: 1.5}}", "must be whole, or a part of one; got 1.5, use 1 or below 1"),
    ("resources: {custom: {ssd: 0}}", "resources.custom.ssd: must be at least 0.0001; got 0"),
    ("resources: {weight: 0}", "resources.weight: must be above 0; got 0"),
    ("resources: {patience: -1}", "resources.patience: must be at least 0; got -1"),
    ("budget: {}", "budget: must have hours, gpu_hours or both"),
    ("budget: {hours: 0}", "budget.hours: must be above 0; got 0"),
    ("budget: {days: 1}", "budget.days: unknown key 'days'"),
    ("budget: {gpu_hours: 3}", "budget.gpu_hours: limits nothing where a trial has no GPU"),
])
def test_what_makes_no_sense_is_said(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SpaceFileError) as refused:
        loaded(tmp_path, f"{line}\n")
    assert says in str(refused.value)


@pytest.mark.parametrize("value", ["spot", "!spot", "in(spot, cheap)", "!in(spot,cheap)"])
def test_all_selectors_of_ray_are_understood(value: str) -> None:
    assert Resources(labels={"cloud.example/market-type": value}).labels == {"cloud.example/market-type": value}


def test_the_plan_says_it(tmp_path: Path) -> None:
    loaded(tmp_path, WHERE + BUDGET)
    shown = CliRunner().invoke(app, ["plan", str(tmp_path / "space.yaml"), "--no-estimate"]).stdout
    assert ("Resources: a trial takes 1 ssd; only nodes with market-type: spot; at most 3 trials at a time; "
            "weight 2 beside other sweeps.") in shown
    assert "Budget: 8 hours; the search ends in time to confirm its winners." in shown


def test_it_may_change_under_the_name(tmp_path: Path) -> None:
    """What a trial computes with may not."""
    space = loaded(tmp_path)
    Home(str(tmp_path)).sweep("x").update(space=space.model_dump(mode="json"))
    loaded(tmp_path, WHERE + BUDGET)
    assert order_from(tmp_path / "space.yaml", None, str(tmp_path)).plan.space.budget is not None
    loaded(tmp_path, "resources: {cpus: 2}\n")
    with pytest.raises(UserError, match=r"resources.cpus: 1 -> 2"):
        order_from(tmp_path / "space.yaml", None, str(tmp_path))
