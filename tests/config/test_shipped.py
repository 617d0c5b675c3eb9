from __future__ import annotations

import re
from pathlib import Path

import pytest

from sat_sweep.config import dump, load_space, plan

FOLDER = Path(__file__).parents[2] / "search_spaces"
SHIPPED = sorted(FOLDER.rglob("*.yaml"))


def test_the_promised_ones_are_there():
    assert {"quickstart", "cifar10_human", "paper_sat_cifar10", "cluster"} <= {path.stem for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_plans_under_its_own_name_and_survives_a_dump(path, write):
    space = load_space(path)
    assert space.name == path.stem
    assert plan(space).search_trials >= len(plan(space).studies)
    assert load_space(write(dump(space))) == space


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_opens_with_its_question_its_cost_and_its_command(path):
    comment = path.read_text().split("name:")[0]
    assert re.search(r"^# .*\?$", comment, re.MULTILINE)
    assert re.search(r"^# Cost: \d+ methods x \d+ noise levels", comment, re.MULTILINE)
    assert f"sat-sweep launch search_spaces/{path.relative_to(FOLDER)}" in comment


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_cost_that_each_states_is_what_it_plans(path):
    cost = r"Cost: (\d+) methods x (\d+) noise levels x \((\d+) trials? \+ (\d+) seeds\)"
    stated = re.search(cost, path.read_text())
    planned, space = plan(load_space(path)), load_space(path)
    most = max(study.trials for study in planned.studies)
    actual = (len(space.methods), len(space.noise.levels()), most, space.confirm.seeds)
    assert stated
    assert tuple(map(int, stated.groups())) == actual


def test_the_paper_is_run_as_published():
    sat = plan(load_space(FOLDER / "paper_sat_cifar10.yaml")).studies[1]
    spec = sat.confirm_spec({}, 0)
    assert (spec.method, spec.parameters) == ("sat", {"sat.momentum": 0.9, "sat.start_epoch": 60})
    assert (spec.train_on, spec.device) == ("trainval", "cuda")
    assert (spec.training.epochs, spec.training.batch_size, spec.model.name) == (200, 256, "resnet34")
