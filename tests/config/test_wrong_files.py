"""Wrong files: everything is said at once, each in its line, with the remedy."""

from __future__ import annotations

import pytest

from sat_sweep.config import load_space, load_trial
from sat_sweep.errors import SpaceFileError
from tests.config.wrong_files import HEAD, WRONG


def problems(load, path):
    with pytest.raises(SpaceFileError) as refusal:
        load(path)
    return refusal.value


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG.keys())
def test_everything_is_said_at_once(write, text, says):
    found = problems(load_space, write(text)).problems
    assert [(p.line, p.path) for p in found] == [(line, path) for line, path, *_ in says]
    for problem, (_, _, message, remedy) in zip(found, says, strict=True):
        assert problem.message.startswith(message.removesuffix("ANY"))
        assert message.endswith("ANY") or problem.message == message
        assert problem.remedy == remedy or (remedy == "ANY" and problem.remedy)


def test_the_text_names_file_line_place_rule_and_remedy(write):
    path = write(HEAD + "sed: 1\n")
    assert str(problems(load_space, path)) == (
        f"{path}: 1 problem\n  {path}:6: sed: unknown key 'sed'\n      did you mean 'seed'?")


@pytest.mark.parametrize(("text", "place", "words"), [
    ("", "file", "is empty"), ("# nothing\n", "file", "is empty"), ("a: [", "syntax", "not readable as YAML"),
    ("5", "file", "must be a mapping"), ("- ce\n", "file", 'must be a mapping of keys; got ["ce"]'),
])
def test_what_is_no_mapping(write, text, place, words):
    problem, = problems(load_space, write(text)).problems
    assert problem.path == place
    assert words in problem.message


def test_files_that_cannot_be_read(tmp_path):
    assert "No such file" in str(problems(load_space, tmp_path / "absent.yaml"))
    assert "cannot be read" in str(problems(load_space, tmp_path))
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9\n")
    assert "must be text in UTF-8" in str(problems(load_space, tmp_path / "latin.yaml"))


@pytest.mark.parametrize("block", ["tracking: {uri: 'http://localhost:5000'}", "tracking: {uri: 'https://host'}",
                                   "tracking: {uri: 'http://host', allow_http: true}",
                                   "storage: {studies: 'postgresql://${PGUSER}:${PGPASSWORD}@host/db'}",
                                   "storage: {studies: 'http://127.0.0.1:1'}"])
def test_addresses_that_are_safe_or_meant(write, block):
    assert load_space(write(HEAD + block)).name == "x"


def test_a_broken_length_of_training_is_not_reported_as_late_starts(write):
    text = HEAD + "training: {epochs: lots}\nsearch: {space: {sat.start_epoch: {low: 50, high: 99}}}\n"
    assert [p.path for p in problems(load_space, write(text)).problems] == ["training.epochs"]


def test_an_unknown_network_is_not_reported_as_unknown_settings(write):
    text = HEAD.replace("mlp", "resnet43") + "search: {space: {model.dropout: {low: 0.1, high: 0.5}}}\n"
    assert [p.path for p in problems(load_space, write(text)).problems] == ["model.name"]


def test_trust_in_test_labels_is_for_labels_as_given(write):
    text = HEAD.replace("name: digits}", "name: digits, test_labels: trusted}")
    assert [p.path for p in problems(load_space, write(text)).problems] == ["dataset.test_labels"]
    load_space(write(text.replace("{kind: symmetric, rates: [0.2]}", "{kind: as_given}")))


@pytest.mark.parametrize(("line", "place", "words"), [
    ("method: satt", "method", "did you mean 'sat'?"),
    ("method: sat\nparameters: {sat.momentun: 0.9}", "parameters.sat.momentun", "'sat' has no parameter"),
    ("method: sat\nparameters: {gce.q: 0.9}", "parameters.gce.q", "'sat' has no parameter 'gce.q'"),
    ("method: sat\nparameters: {sat.momentum: 1.9}", "parameters.sat.momentum", "must be at most 1; got 1.9"),
    ("method: ce\nsed: 1", "sed", "unknown key 'sed'"),
    ("method: ce\nmethod: sat", "method", "a key stands once"),
])
def test_trial_files(write, line, place, words):
    text = "dataset: {name: digits}\nnoise: {kind: as_given, label: clean}\nmodel: {name: mlp}\n"
    refusal = problems(load_trial, write(text + line))
    assert [(p.path, p.line is not None) for p in refusal.problems] == [(place, True)]
    assert words in str(refusal)
