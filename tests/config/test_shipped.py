from __future__ import annotations

import re
from pathlib import Path

import pytest

from sat_sweep.config import dump, load_space, plan
from sat_sweep.methods import Need, needs

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


PAPERS = [path for path in SHIPPED if path.stem.startswith("paper_")]


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_papers_are_run_with_their_settings_beside_their_numbers(path):
    """Nothing is searched, and the head says what was published, what differs and what it takes."""
    assert [study.key for study in plan(load_space(path)).studies if study.dimensions] == []
    head = path.read_text().partition("\nname:")[0]
    assert re.search(r"^# Published.*\d", head, re.MULTILINE | re.DOTALL)
    assert re.search(r"^# (Differs|As in both papers)", head, re.MULTILINE)
    assert "GPU hours" in head


def test_hours_follow_from_the_epochs_and_what_one_has_taken():
    """On an H200 an epoch of ResNet-34 took 4.4 s (benchmarks/README.md); two networks count twice."""
    for path in PAPERS:
        said = re.search(r"^# (?:About|At least) (\d+) GPU hours, at the (\S+) s", path.read_text(), re.MULTILINE)
        if said:
            space = load_space(path)
            assert space.model.name == "resnet34"
            networks = sum(1 + (Need.SECOND_NETWORK in needs(method)) for method in space.methods)
            epochs = plan(space).epochs * networks / len(space.methods)
            assert int(said[1]) == pytest.approx(epochs * float(said[2]) / 3600, rel=0.05), path


def test_the_paper_is_run_as_published():
    sat = plan(load_space(FOLDER / "paper_sat_cifar10.yaml")).studies[1]
    spec = sat.confirm_spec({}, 0)
    assert (spec.method, spec.parameters) == ("sat", {"sat.momentum": 0.9, "sat.start_epoch": 60})
    assert (spec.train_on, spec.device) == ("trainval", "cuda")
    assert (spec.training.epochs, spec.training.batch_size, spec.model.name) == (200, 256, "resnet34")
