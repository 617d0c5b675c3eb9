from __future__ import annotations

from pathlib import Path

from sat_sweep.config import SpaceFile, dump, load_space, load_trial, plan

TEXT = """\
name: x
dataset: {name: parquet, train: ../data/train.parquet, test: %s}
noise: {kind: column, columns: [crowd]}
methods: [ce, sat + reset]
model: {name: mlp}
training: {optimizer: {name: adam, lr: 1e-3}}
search: {pruner: median, space: {sat.momentum: {low: 0.5, high: 0.9}, reset.rate: 1e-2}}
resources: {gpus: 0.5}
"""


def test_relative_data_paths_are_taken_from_the_folder_of_the_file(write, tmp_path, monkeypatch):
    path = write(TEXT % "/elsewhere/test.parquet")
    monkeypatch.chdir(path.parent)
    for given in (path, Path(path.name)):
        dataset = load_space(given).dataset
        assert dataset.train == tmp_path.parent / "data" / "train.parquet"
        assert dataset.test == Path("/elsewhere/test.parquet")


def test_an_absent_path_stays_absent(write):
    assert load_space(write(TEXT % "null")).dataset.test is None


def test_a_space_survives_its_dump_wherever_that_lies(write, tmp_path):
    space = load_space(write(TEXT % "null"))
    (tmp_path / "deeper").mkdir()
    assert load_space(write(dump(space), "deeper/resolved.yaml")) == space


def test_a_space_survives_json(write):
    space = load_space(write(TEXT % "null"))
    assert SpaceFile.model_validate_json(space.model_dump_json()) == space


def test_short_forms_mean_the_long_ones(write):
    space = load_space(write(TEXT % "null"))
    assert space.methods == ("ce", "sat+reset")
    assert space.search.pruner.name == "median"
    assert space.training.optimizer.lr == 0.001


def test_the_data_of_a_trial_file_are_found_from_its_folder(write, tmp_path):
    spec = plan(load_space(write(TEXT % "null"))).studies[0].search_spec({})
    text = dump(spec).replace(str(spec.dataset.train), "train.parquet")
    assert load_trial(write(text, "trial.yaml")).dataset.train == tmp_path / "train.parquet"
