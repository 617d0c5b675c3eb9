"""What is guessed of a command before torch is imported."""

import json

import pytest

from sat_sweep.glance import trials_to_launch, trials_to_resume

SPACE = {"name": "toy", "methods": ["ce", "sat"], "noise": {"kind": "symmetric", "rates": [0.0, 0.2, 0.4]},
         "search": {"trials": 8, "batch": 4}}


@pytest.fixture
def ask(tmp_path):
    """`trials_to_launch` for a file with this content."""
    def guess(space, name=None):
        file = tmp_path / "space.yaml"
        file.write_text(space if isinstance(space, str) else json.dumps(space))
        return trials_to_launch(file, name, str(tmp_path / "home"))
    return guess


def described(folder, name, **known):
    place = folder / "home" / name
    place.mkdir(parents=True)
    (place / "sweep.json").write_text(json.dumps({"space": SPACE, **known}))


def test_the_first_batches_of_all_studies(ask):
    assert ask(SPACE) == 2 * 3 * 4
    assert ask({**SPACE, "search": {"trials": 8}}) == 2 * 3 * 8
    assert ask({**SPACE, "noise": {"kind": "column"}, "search": {}}) == 2


@pytest.mark.parametrize("resources", [{"cpus": 2}, {"gpus": 1}, {"gpus": "auto"}])
def test_larger_trials_are_left_to_the_plan(ask, resources):
    assert ask({**SPACE, "resources": resources}) == 0


@pytest.mark.parametrize("content", ["", "[", "name: [", "just text", "name: x\nmethods: 3\n"])
def test_what_is_wrong_is_left_to_those_who_say_so(ask, content):
    assert ask(content) == 0


def test_a_file_that_is_not_there(tmp_path):
    assert trials_to_launch(tmp_path / "none.yaml", None, str(tmp_path)) == 0


def test_a_finished_sweep_has_nothing_to_launch_but_may_be_extended(ask, tmp_path):
    described(tmp_path, "toy", finished_trials=8)
    assert ask(SPACE) == 0
    assert ask(SPACE, name="another") == 24
    assert trials_to_resume("toy", str(tmp_path / "home")) == 24
    assert trials_to_resume("another", str(tmp_path / "home")) == 0


def test_looking_leaves_nothing_behind(ask, tmp_path):
    ask(SPACE)
    assert not (tmp_path / "home").exists()


def test_an_interrupted_sweep_is_launched_again(ask, tmp_path):
    described(tmp_path, "toy")
    assert ask(SPACE) == 24
