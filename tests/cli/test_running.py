from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from sat_sweep.commands import running
from sat_sweep.config.space import SpaceFile
from sat_sweep.home import Home
from sat_sweep.sweep.launchers import kept_handle
from sat_sweep.sweep.outcome import Outcome
from tests.cli.making import SPACE, made, result, space_file
from tests.conftest import numbers


@pytest.fixture
def ending(monkeypatch):
    """Let every run end as given, and know what was asked: the order and the options."""
    asked = {}

    def prepare(outcome):
        def launch(order, options, say):
            asked.update(order=order, options=options)
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(running, "carry_out", launch)
        return asked

    return prepare


@pytest.fixture
def known():
    """A sweep that exists, of two trials per study."""
    sweep = made(result("ce", 0.4, 0, 0.5))
    sweep.update(space=SpaceFile.model_validate({**yaml.safe_load(SPACE), "name": "made"}).model_dump(mode="json"))
    return sweep


def test_a_finished_sweep_ends_with_its_table(cli, ending, known, tmp_path):
    ending(Outcome(0, epochs_trained=1234))
    answer = cli("launch", space_file(tmp_path), "--name", "made")
    assert answer.exit_code == 0
    assert "symmetric-0.4" in answer.stdout
    assert str(tmp_path / "home" / "made" / "report" / "report.html") in answer.stderr
    assert "1,234 epochs" in answer.stderr


def test_shortcomings_have_a_status_of_their_own_and_are_named(cli, ending, known):
    ending(Outcome(1, ("ce/symmetric-0.4 has no usable trial",)))
    answer = cli("resume", "made")
    assert (answer.exit_code, "ce/symmetric-0.4 has no usable trial" in answer.stderr) == (1, True)
    assert answer.stdout


def test_an_interrupted_sweep_says_how_to_go_on(cli, ending, known):
    ending(Outcome(3))
    answer = cli("resume", "made", "--home", str(known.folder.path.parent))
    assert (answer.exit_code, answer.stdout) == (3, "")
    assert f"sat-sweep resume made --home {known.folder.path.parent}" in answer.stderr


def test_ctrl_c_before_anything_runs_is_an_interruption(cli, ending, known):
    ending(KeyboardInterrupt())
    assert cli("resume", "made").exit_code == 3


def test_a_bug_keeps_its_traceback(cli, ending, known):
    ending(RuntimeError("a bug"))
    assert isinstance(cli("resume", "made").exception, RuntimeError)


@pytest.mark.parametrize("typed", ["+4", "4"])
def test_more_trials_are_written_with_or_without_a_plus(cli, ending, known, typed):
    asked = ending(Outcome(0))
    cli("extend", "made", "--trials", typed, "--workers", "2", "--no-share")
    assert asked["order"].plan.space.search.trials == 2 + 4
    assert (asked["options"].workers, asked["options"].share, asked["options"].address) == (2, False, None)


SHELL = [sys.executable, "-m", "sat_sweep"]


@pytest.mark.slow
def test_a_whole_life(cli, tmp_path):
    """Detached, changed, launched again, extended; the best trial trained again by hand."""
    long = SPACE.replace("epochs: 4", "epochs: 150")  # still running when it is launched again
    file, home = space_file(tmp_path, long), tmp_path / "home"

    def command(*words):
        return subprocess.run([*SHELL, *map(str, words)], capture_output=True, text=True, timeout=240,
                              env={**os.environ, "SAT_SWEEP_HOME": str(home)})

    assert command("launch", file, "--detach", "--workers", "2").returncode == 0
    again = command("launch", file, "--detach")
    assert (again.returncode, "is being run by process" in again.stderr) == (2, True)
    _await_end(home)
    first = command("launch", file)
    assert (first.returncode, "Trained 0 epochs" in first.stderr) == (0, True)
    changed = command("launch", space_file(tmp_path, long.replace("epochs: 150", "epochs: 5")))
    assert (changed.returncode, "training.epochs: 150 -> 5" in changed.stderr) == (2, True)
    assert command("extend", "tiny", "--trials", "+1", "--serial").returncode == 0
    assert len([r for r in Home(str(home)).sweep("tiny").results() if r.stage == "search"]) == 1 + 3
    _best_is_reproduced(cli, home, tmp_path)


def _await_end(home) -> None:
    import time

    deadline = time.monotonic() + 200
    sweep = Home(str(home)).sweep("tiny")
    while (record := sweep.describe()) is None or record.state != "finished":
        assert time.monotonic() < deadline
        time.sleep(1)
    handle = kept_handle(sweep)
    while handle is not None and handle.alive() and time.monotonic() < deadline:
        time.sleep(0.5)


def _best_is_reproduced(cli, home, tmp_path) -> None:
    from sat_sweep.training import EpochRecord
    from tests.cli.test_run import records

    file = tmp_path / "best.yaml"
    file.write_text(cli("best", "tiny").stdout)
    name = next(line for line in file.read_text().splitlines() if "# Trial: " in line).split()[2].rstrip(",")
    known = Home(str(home)).sweep("tiny").result(name)
    assert known is not None
    recorded = [EpochRecord.from_json(record) for record in known.history]
    assert numbers(records(cli("run", file, "--json").stdout)) == numbers(recorded)
