from __future__ import annotations

import os
import sys

import pytest

from sat_sweep.sweep.launchers import ProcessLauncher
from tests.cli.making import SPACE, made, result, space_file

WRONG = {
    "no YAML": ("name: [", "not readable as YAML"),
    "empty": ("", "is empty"),
    "a list": ("- a\n- b\n", "must be a mapping"),
    "a block missing": (SPACE.replace("model: {name: mlp, width: 32}\n", ""), "model: is required but missing"),
    "a key misspelt": (SPACE.replace("methods:", "methds:"), "did you mean 'methods'?"),
    "a method unknown": (SPACE.replace("sat]", "satt]"), "unknown method 'satt'; did you mean 'sat'?"),
    "a rate of one": (SPACE.replace("[0.4]", "[1.0]"), "noise.rates.0: must be below 1"),
    "a number as text": (SPACE.replace("epochs: 4", "epochs: four"), "must be a whole number"),
    "a range upside down": (SPACE.replace("none}", "none, space: {sat.momentum: {low: 0.9, high: 0.5}}}"),
                            "sat.momentum"),
    "a range beyond validity": (SPACE.replace("none}", "none, space: {sat.momentum: {low: 0.9, high: 1.5}}}"),
                                "at most 1"),
    "a baseline that is not compared": (SPACE + "baseline: gce\n", "baseline"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("command", [["launch"], ["launch", "--detach"], ["plan", "--json"]], ids=" ".join)
def test_a_wrong_file_is_refused_in_one_message_and_leaves_nothing(cli, untouched, tmp_path, command, case):
    text, message = WRONG[case]
    answer = cli(*command, space_file(tmp_path, text))
    assert answer.exit_code == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""
    assert untouched()


@pytest.mark.parametrize("words", [
    ["launch", "nowhere.yaml"], ["run", "nowhere.yaml"], ["plan", "nowhere.yaml"],
    ["resume", "nosuch"], ["extend", "nosuch", "--trials", "+4"], ["stop", "nosuch"], ["status", "nosuch"],
    ["logs", "nosuch"], ["report", "nosuch"], ["best", "nosuch"], ["ui"],
], ids=" ".join)
def test_what_does_not_exist_is_the_users_to_mend(cli, untouched, words):
    answer = cli(*words)
    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) <= 3
    assert answer.stdout == ""
    assert untouched()


def test_a_name_that_names_no_folder_is_refused(cli, untouched, tmp_path):
    for command in (["launch"], ["launch", "--dry-run"], ["launch", "--detach"]):
        answer = cli(*command, space_file(tmp_path), "--name", "a/b")
        assert (answer.exit_code, answer.stderr.startswith("--name: must be text"), "\"a/b\"" in answer.stderr) == (
            2, True, True)
    assert untouched()


NAMING = [["status"], ["logs"], ["stop"], ["watch"], ["resume"], ["extend", "--trials", "+1"], ["report"], ["best"],
          ["suspects"], ["export", "--out", "model"]]


@pytest.mark.parametrize("command", NAMING, ids=" ".join)
@pytest.mark.parametrize("name", ["../other", "/", "a\0b", ""])
def test_no_command_is_led_out_of_the_home_by_a_name(cli, untouched, command, name):
    answer = cli(*command, name)
    assert (answer.exit_code, f"{name!r} is no sweep's name" in answer.stderr) == (2, True)
    assert len(answer.stderr.splitlines()) == 1
    assert untouched()


@pytest.mark.parametrize("name", ["", "studies.db", "..", "a" * 101])
def test_a_name_that_is_typed_keeps_the_same_rules(cli, untouched, tmp_path, name):
    for command in (["launch", "--yes"], ["launch", "--detach"], ["plan"]):
        answer = cli(*command, space_file(tmp_path), "--name", name)
        assert (answer.exit_code, answer.stderr.startswith("--name: ")) == (2, True)
        assert len(answer.stderr.splitlines()) == 1
    assert untouched()


@pytest.mark.parametrize("command", ["report", "suspects"])
def test_files_are_written_to_a_folder_that_can_be_one(cli, tmp_path, command):
    made(result("ce", 0.4, 0, 0.5))
    file = space_file(tmp_path)
    for place in (file, file / "below"):
        answer = cli(command, "made", "--out", place)
        assert (answer.exit_code, str(file) in answer.stderr, "Traceback" in answer.stderr) == (2, True, False)
        assert len(answer.stderr.splitlines()) == 1


def test_a_pipe_is_not_predicted(cli, tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    answer = cli("predict", tmp_path, tmp_path / "pipe.npz")
    assert (answer.exit_code, answer.stderr) == (2, f"{tmp_path / 'pipe.npz'} is neither a file nor a folder\n")


def test_an_address_from_outside_is_yet_to_come(cli, untouched, tmp_path):
    answer = cli("launch", space_file(tmp_path), "--address", "http://head:8265")
    assert (answer.exit_code, "http://head:8265" in answer.stderr) == (2, True)
    assert untouched()


def test_noise_that_the_data_lack_is_found_by_the_plan(cli, untouched, tmp_path):
    text = SPACE.replace("{kind: symmetric, rates: [0.4]}", "{kind: column, columns: [worse]}")
    answer = cli("plan", space_file(tmp_path, text))
    assert (answer.exit_code, "worse" in answer.stderr) == (2, True)
    assert untouched()


def test_an_address_is_a_host_and_a_port(cli, untouched, tmp_path):
    for address in ("nowhere", "nowhere:", ":6379"):
        answer = cli("launch", space_file(tmp_path), "--address", address)
        assert (answer.exit_code, f"got '{address}'" in answer.stderr) == (2, True)
    assert untouched()


def test_serial_goes_with_no_cluster(cli, untouched, tmp_path):
    for words in (["--address", "auto"], ["--workers", "2"]):
        answer = cli("launch", space_file(tmp_path), "--serial", *words)
        assert (answer.exit_code, "--serial" in answer.stderr) == (2, True)
    assert untouched()


def test_a_driver_that_refuses_in_the_background_is_heard_and_leaves_nothing(cli, untouched, tmp_path, monkeypatch):
    refusing = (sys.executable, "-c", "print('the name is taken'); raise SystemExit(2)")
    monkeypatch.setattr(ProcessLauncher, "command", refusing)
    answer = cli("launch", space_file(tmp_path), "--detach")
    assert (answer.exit_code, answer.stderr) == (2, "the name is taken\n")
    assert untouched()
