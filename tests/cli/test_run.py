from __future__ import annotations

import json

import pytest

from sat_sweep.commands import trial as door
from sat_sweep.commands.trial_file import trial_file
from sat_sweep.config import dump
from sat_sweep.training import EpochRecord, epochs
from tests.cli.making import result
from tests.conftest import numbers


def records(text: str) -> list[EpochRecord]:
    return [EpochRecord.from_json(json.loads(line)) for line in text.splitlines()]


@pytest.mark.parametrize("method", ["ce", "sat+reset"])
def test_a_file_of_best_is_trained_as_in_the_sweep(cli, trial, tmp_path, method):
    spec = trial(method, epochs=4)
    file = tmp_path / "trial.yaml"
    file.write_text(trial_file(result("ce", 0.4, 0, 0.5, spec=spec.model_dump(mode="json"))))
    answer = cli("run", file, "--json")
    expected = list(epochs(spec))
    assert answer.exit_code == 0
    assert numbers(records(answer.stdout)) == numbers(expected)
    assert [r.signature for r in records(answer.stdout)] == [r.signature for r in expected]


def test_there_is_a_line_per_epoch_and_nothing_is_stored(cli, untouched, trial, tmp_path):
    file = tmp_path / "trial.yaml"
    file.write_text(dump(trial(epochs=3)))
    lines = cli("run", file).stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["epoch", "1"], ["epoch", "2"], ["epoch", "3"]]
    assert all("val/noisy_accuracy 0." in line for line in lines)
    assert untouched()


def test_with_a_home_what_is_known_is_not_trained_again(cli, trial, tmp_path):
    file = tmp_path / "trial.yaml"
    file.write_text(dump(trial(epochs=3)))
    first, second = (cli("run", file, "--home", tmp_path / "home").stdout for _ in range(2))
    assert first.count("*") == 0
    assert second.replace("*", " ") == first
    assert second.count("*") == 3


def test_a_trial_that_breaks_down_is_told_by_the_status(cli, trial, tmp_path, monkeypatch):
    broken = EpochRecord(1, {"val/noisy_accuracy": 0.1}, "", False, "the training loss is not finite")
    monkeypatch.setattr(door, "epochs", lambda spec, store: iter([broken]))
    file = tmp_path / "trial.yaml"
    file.write_text(dump(trial()))
    answer = cli("run", file)
    assert (answer.exit_code, answer.stderr) == (1, "the trial ended early: the training loss is not finite\n")


def test_a_trial_for_a_gpu_is_refused_without_one(cli, trial, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    file = tmp_path / "trial.yaml"
    file.write_text(dump(trial(device="cuda")))
    answer = cli("run", file)
    assert (answer.exit_code, "device: cpu" in answer.stderr) == (2, True)


def test_a_wrong_trial_file_is_refused_with_its_line(cli, trial, tmp_path):
    file = tmp_path / "trial.yaml"
    file.write_text(dump(trial()).replace("method: ce", "method: satt"))
    answer = cli("run", file)
    assert answer.exit_code == 2
    assert "unknown method 'satt'; did you mean 'sat'?" in answer.stderr
