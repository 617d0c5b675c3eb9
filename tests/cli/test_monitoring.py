from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

from sat_sweep.home import Home
from sat_sweep.home.status import StudyStatus, WorkerShare, write_status
from sat_sweep.sweep.launchers import this_process
from tests.cli.making import made, result


def test_the_list_counts_trials_that_ended(cli):
    write_status(made(), "stopped", [StudyStatus("ce", "x", "search", 8, 3, 2, 1, 0, 0.5),
                                     StudyStatus("ce", "x", "confirm", 5, 0, 0, 0, 0, 0.5)])
    assert json.loads(cli("list", "--json").stdout) == [
        {"sweep": "made", "state": "stopped", "ended": 6, "trials": 13}]
    assert cli("list").stdout.split() == ["sweep", "owner", "state", "ended", "of", "made", "stopped", "6", "13"]


SHARE = WorkerShare(workers=3, share=4, room=8, weight=1.0)


def test_the_list_says_whose_a_sweep_is_and_what_it_has_of_a_cluster(cli):
    write_status(made(), "running", [], owner="ada@laptop", share=SHARE)
    other = Home(os.environ["SAT_SWEEP_HOME"]).sweep("other")
    other.update(state="finished")
    write_status(other, "finished", [], owner="bob@desktop")
    share = {"workers": 3, "share": 4, "of": 8, "weight": 1.0}
    assert json.loads(cli("list", "--json").stdout) == [
        {"sweep": "made", "state": "running", "ended": 0, "trials": 0, "owner": "ada@laptop", "share": share},
        {"sweep": "other", "state": "finished", "ended": 0, "trials": 0, "owner": "bob@desktop"}]
    header, first, second = cli("list").stdout.splitlines()
    assert header.split() == ["sweep", "owner", "state", "ended", "of", "workers"]
    assert first.split(maxsplit=5) == ["made", "ada@laptop", "running", "0", "0", "3, may have 4 of 8"]
    assert second.split() == ["other", "bob@desktop", "finished", "0", "0"]
    assert max(map(len, (header, first, second))) <= 80


def test_the_status_says_so_too(cli):
    write_status(made(), "running", [], owner="ada@laptop", share=replace(SHARE, weight=2.0))
    lines = cli("status", "made").stdout.splitlines()
    assert lines[:2] == ["made: running, launched by ada@laptop", "Workers: 3, may have 4 of 8, weight 2"]
    content = json.loads(cli("status", "made", "--json").stdout)
    assert content["share"] == {"workers": 3, "share": 4, "of": 8, "weight": 2.0}


def test_who_does_not_run_has_no_workers(cli):
    sweep = made()
    write_status(sweep, "running", [], share=SHARE)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    replace(this_process(), pid=gone.pid).keep(sweep)
    assert "share" not in json.loads(cli("status", "made", "--json").stdout)


def test_an_empty_home_has_no_sweeps(cli, untouched):
    assert json.loads(cli("list", "--json").stdout) == []
    assert "no sweeps" in cli("list").stdout
    assert untouched()


def test_status_says_what_was_written(cli):
    write_status(made(), "finished", [StudyStatus("ce", "symmetric-0.2", "search", 8, 3, 2, 1, 2, 0.51234, queued=4)])
    content = json.loads(cli("status", "made", "--json").stdout)
    assert (content["sweep"], content["state"]) == ("made", "finished")
    assert content["studies"][0] | {"best": None} == {
        "method": "ce", "noise": "symmetric-0.2", "stage": "search", "budget": 8, "complete": 3, "pruned": 2,
        "failed": 1, "queued": 4, "running": 2, "best": None}
    title, _, line = cli("status", "made").stdout.splitlines()
    assert title == "made: finished"
    assert line.split() == ["ce", "symmetric-0.2", "search", "3", "2", "1", "4", "2", "8", "0.512"]


def test_the_home_option_goes_before_the_variable(cli, monkeypatch, tmp_path):
    made()
    home = tmp_path / "home"
    monkeypatch.setenv("SAT_SWEEP_HOME", str(tmp_path / "other"))
    assert cli("status", "made").exit_code == 2
    assert cli("status", "made", "--home", home).exit_code == 0


def test_logs_tell_failures_with_their_reasons_and_the_end_of_the_drivers_words(cli):
    sweep = made(result("ce", 0.2, 0, 0.5), result("ce", 0.2, 1, None, state="failed", reason="out of\nmemory"))
    sweep.folder.write("driver.log", "\n".join(f"line {i}" for i in range(30)).encode())
    lines = cli("logs", "made", "--lines", "2").stdout.splitlines()
    assert lines == ["made: new", "ce/symmetric-0.2/search-0001 failed after 3 epochs:", "    out of", "    memory",
                     "The end of driver.log:", "line 28", "line 29"]


def test_stopping_leaves_a_request_for_the_driver(cli):
    sweep = made()
    write_status(sweep, "running", [])
    answer = cli("stop", "made")
    assert (answer.exit_code, answer.stderr) == (0, "made was asked to stop\n")
    assert sweep.stop_requested()


def test_stopping_what_does_not_run_says_so(cli):
    write_status(made(), "finished", [])
    assert "not known to be running (finished)" in cli("stop", "made").stderr


def test_the_ui_is_that_of_the_homes_records(cli, monkeypatch, tmp_path):
    made().folder.write("../mlflow.db", b"")
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command: commands.append(command) or
                        subprocess.CompletedProcess(command, 0))
    assert cli("ui", "--port", "5005").exit_code == 0
    assert f"sqlite:///{tmp_path / 'home' / 'mlflow.db'}" in commands[0]
    assert "5005" in commands[0]


def test_a_driver_whose_process_is_gone_is_interrupted_at_once(cli):
    sweep = made()
    write_status(sweep, "running", [])
    this_process().keep(sweep)
    assert json.loads(cli("status", "made", "--json").stdout)["state"] == "running"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    replace(this_process(), pid=gone.pid).keep(sweep)
    assert json.loads(cli("status", "made", "--json").stdout)["state"] == "interrupted"
    replace(this_process(), pid=gone.pid, host="elsewhere").keep(sweep)
    assert json.loads(cli("status", "made", "--json").stdout)["state"] == "running"
def test_one_damaged_sweep_does_not_hide_the_others(cli):
    sweep = made(result("ce", 0.4, 0, 0.5))
    for key in ("status.json", "sweep.json", "sweep.copy.json"):
        sweep.folder.write(key, b"")
    Home(os.environ["SAT_SWEEP_HOME"]).sweep("other").update(state="finished")
    assert {entry["sweep"]: entry["state"] for entry in json.loads(cli("list", "--json").stdout)} == {
        "made": "unreadable", "other": "new"}
    answer = cli("status", "made")
    assert answer.exit_code == 2
    assert "launching its space file again" in answer.output
