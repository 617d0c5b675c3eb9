"""Watching: a sweep in a process of its own until it ends, one that has ended, and one whose driver is gone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from sat_sweep.home.status import StudyStatus, write_status
from sat_sweep.sweep.launchers import this_process
from tests.cli.making import made, result

SPACE = """
name: watched
dataset: {name: digits, subset: 200}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce, gce]
model: {name: mlp, width: 8}
training: {epochs: 5, optimizer: {name: sgd, lr: 0.1}}
search:
  trials: 2
  batch: 2
  space: {gce.q: 0.5}
confirm: {seeds: 1}
"""


def command(*words, home):
    return subprocess.run([sys.executable, "-m", "sat_sweep", *words, "--home", str(home)], capture_output=True,
                          text=True, timeout=200, check=False)


def test_until_it_ends(tmp_path):
    (tmp_path / "space.yaml").write_text(SPACE)
    detached = command("launch", str(tmp_path / "space.yaml"), "--detach", "--serial", home=tmp_path / "home")
    assert detached.returncode == 0, detached.stderr
    watched = command("watch", "watched", home=tmp_path / "home")
    assert watched.returncode == 0, watched.stderr
    assert watched.stdout.splitlines()[0] == "watched: finished, 4 of 4 trials"
    assert (tmp_path / "home" / "watched" / "report" / "report.html").exists()
    assert command("watch", "watched", home=tmp_path / "home").returncode == 0  # nothing to wait for


def test_failures_are_told_and_what_is_left_can_be_resumed(cli):
    sweep = made(result("ce", 0.4, 0, 0.5), result("ce", 0.4, 1, None, state="failed", reason="it broke\ndown"))
    write_status(sweep, "stopped", [StudyStatus("ce", "symmetric-0.4", "search", 2, 1, 0, 1, 0, 0.5)])
    answer = cli("watch", sweep.name)
    assert answer.exit_code == 3
    assert "it broke" in answer.stderr
    assert "down" not in answer.stderr
    assert f"Go on with: sat-sweep resume {sweep.name}" in answer.stdout


def test_nobody_to_watch(cli):
    answer = cli("watch", "nobody")
    assert (answer.exit_code, "there is no sweep 'nobody'" in answer.stderr) == (2, True)


def test_a_driver_that_has_died_is_told_at_once_with_the_remedy(cli):
    sweep = made()
    write_status(sweep, "running", [StudyStatus("ce", "symmetric-0.4", "search", 2, 1, 0, 0, 1, 0.5)])
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    replace(this_process(), pid=gone.pid).keep(sweep)
    answer = cli("watch", sweep.name)
    assert answer.exit_code == 3
    assert "made: interrupted, 1 of 2 trials" in answer.stdout
    assert "its driver is gone without a word" in answer.stderr
    assert "Go on with: sat-sweep resume made" in answer.stdout
