"""One thing of a finished sweep is broken at a time: it is found, and nothing else; what can be made again is."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.doctor import Subject, audit
from sat_sweep.home import Home
from sat_sweep.home.lock import only_driver
from sat_sweep.home.temporary import temporary_name
from tests.cli.making import SPACE, space_file
from tests.tracking.mirrored_home import close_databases, shown

NAME = "tiny"

pytestmark = pytest.mark.usefixtures("temporary_folder")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sweep after its end."""
    folder = tmp_path_factory.mktemp("doctor")
    done = CliRunner().invoke(app, ["launch", str(space_file(folder, SPACE)), "--serial", "--yes",
                                    "--home", str(folder / "home")])
    assert done.exit_code == 0, done.output
    return folder / "home"


@pytest.fixture
def home(ended: Path) -> Iterator[Path]:
    """The same home at the same place, for a test to break; MLflow's records name their place."""
    kept = ended.with_name("kept")
    shutil.copytree(ended, kept)
    yield ended
    shutil.rmtree(ended)
    kept.rename(ended)
    close_databases()


def doctor(home: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Its exit status and what it finds; it never shows a traceback."""
    answer = CliRunner().invoke(app, ["doctor", NAME, "--home", str(home), "--json", *options])
    assert isinstance(answer.exception, SystemExit | None), answer.exception
    assert answer.stdout, answer.output
    return answer.exit_code, json.loads(answer.stdout)["findings"]


def change(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "studies.db")) as connection, connection:
        connection.execute(statement)


def runs(home: Path) -> dict[str, Any]:
    """All that MLflow shows of the sweep, but for texts with ids of runs, and when it was told of a study's end."""
    found = shown(client(home), NAME)
    del found["summary"]["started"]
    return {name: {part: value for part, value in run.items() if part not in ("tags", "ended")}
            for name, run in found.items()}


def client(home: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")


def results(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / NAME / "results").rglob("*.json")}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_sound_sweep_has_no_findings_and_stays_as_it_is(home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*.json")}
    assert doctor(home) == (0, [])
    assert doctor(home, "--fix") == (0, [])
    assert {path: path.read_bytes() for path in home.rglob("*.json")} == before


BROKEN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "the record": (lambda home: truncate(home / NAME / "sweep.json"), "record", "sweep.json cannot be used"),
    "its copy": (lambda home: (home / NAME / "sweep.copy.json").unlink(), "record", "sweep.copy.json"),
    "the status": (lambda home: flip(home / NAME / "status.json"), "status", "status.json cannot be used"),
    "the studies": (lambda home: (home / "studies.db").unlink(), "studies", "does not know it"),
    "a stuck trial": (lambda home: change(home, "UPDATE trials SET state = 'RUNNING' WHERE number = 1"), "studies",
                      "sat/symmetric-0.4/search-0001 running, and the sweep has finished"),
    "a changed score": (lambda home: change(home, "UPDATE trial_values SET value = 0.99"), "studies", "another end of"),
    "a trial that is missing": (lambda home: lose_trial(home), "studies",
                                "lacks sat/symmetric-0.4/search-0001"),
    "a run that is missing": (lambda home: delete(home, "sat/symmetric-0.4/confirm-0001"), "mlflow",
                              "MLflow lacks sat/symmetric-0.4/confirm-0001"),
    "a run that is there twice": (lambda home: run_again(home, "ce/symmetric-0.4/confirm-0000"), "mlflow",
                                  "more than one run of ce/symmetric-0.4/confirm-0000"),
    "a run that runs for ever": (lambda home: reopen(home, "sat/symmetric-0.4"), "mlflow",
                                 "shows sat/symmetric-0.4 as running"),
    "a state": (lambda home: flip(next(iter(home.rglob("*.state")))), "trajectories", "cannot be used"),
    "a segment": (lambda home: truncate(next(iter(home.rglob("*.records")))), "trajectories", "cannot be used"),
    "a file half written": (lambda home: left(home / NAME / "results"), "leftovers", "half-written files"),
}


def lose_trial(home: Path) -> None:
    """The last trial of a study was never written."""
    last = "(SELECT trial_id FROM trials WHERE number = 1)"
    for table in ("trial_params", "trial_values", "trial_intermediate_values", "trial_heartbeats", "trials"):
        change(home, f"DELETE FROM {table} WHERE trial_id IN {last}")


def delete(home: Path, name: str) -> None:
    client(home).delete_run(run_of(home, name).info.run_id)


def reopen(home: Path, name: str) -> None:
    client(home).update_run(run_of(home, name).info.run_id, status="RUNNING")


def run_again(home: Path, name: str) -> None:
    run = run_of(home, name)
    again = client(home).create_run(run.info.experiment_id, tags=run.data.tags)
    client(home).set_terminated(again.info.run_id)


def run_of(home: Path, name: str) -> Any:
    mlflow = client(home)
    experiment = mlflow.get_experiment_by_name(NAME).experiment_id
    return next(run for run in mlflow.search_runs([experiment]) if run.info.run_name == name)


def left(folder: Path) -> Path:
    """What a process that was killed while it wrote has left."""
    code = ("import os, sys; from sat_sweep.home.temporary import temporary_name; "
            "open(os.path.join(sys.argv[1], temporary_name('x.json')), 'w'); print('written', flush=True); input()")
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    return next(path for path in folder.iterdir() if path.name.startswith(".x.json"))


@pytest.mark.parametrize("what", BROKEN)
def test_it_is_found_alone_and_made_again(home: Path, what: str) -> None:
    before, mlflow = results(home), runs(home)
    break_it, part, words = BROKEN[what]
    break_it(home)
    status, findings = doctor(home)
    assert status == 1
    assert {finding["part"] for finding in findings} == {part}, findings
    assert words in " ".join(finding["what"] for finding in findings)
    assert all(finding["fixable"] for finding in findings)
    assert doctor(home, "--fix") == (0, [])
    assert results(home) == before
    assert runs(home) == mlflow


def test_mlflow_is_made_again_from_the_results(home: Path) -> None:
    """In processes of its own, as one types it: within one, MLflow goes on with the file that was deleted."""
    before = runs(home)
    (home / "mlflow.db").unlink()
    command = [sys.executable, "-m", "sat_sweep", "doctor", NAME, "--home", str(home)]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stdout.count("MLflow lacks")) == (1, 1), found.stderr
    fixed = subprocess.run([*command, "--fix"], capture_output=True, text=True)
    assert (fixed.returncode, fixed.stdout) == (0, f"{NAME}: everything is as it should be\n"), fixed.stderr
    close_databases()
    assert runs(home) == before


def test_a_lost_result_is_trained_again_by_resume_alone(home: Path) -> None:
    """And the results are what they were."""
    before = Home(str(home)).sweep(NAME).result("sat/symmetric-0.4/confirm-0000")
    assert before is not None
    truncate(home / NAME / "results" / f"{before.name}.json")
    status, findings = doctor(home)
    assert (status, [finding["part"] for finding in findings]) == (1, ["results", "results", "mlflow"])
    assert "resume" in findings[0]["remedy"]
    assert not any(finding["fixable"] for finding in findings[:2])
    assert CliRunner().invoke(app, ["resume", NAME, "--serial", "--home", str(home)]).exit_code == 0
    assert doctor(home) == (0, [])
    again = Home(str(home)).sweep(NAME).result(before.name)
    assert again is not None
    assert [losses(record) for record in again.history] == [losses(record) for record in before.history]


def losses(record: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in record["metrics"].items() if name != "epoch_seconds"}


FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "an epoch twice": ({"history": lambda known: [*known[:-1], known[0]]}, "are not 1 to 4"),
    "two epochs that are one": ({"history": lambda known: [*known[:-1], {**known[0], "epoch": 4}]}, "are the same"),
    "other settings": ({"spec": lambda known: {**known, "seed": 17}}, "of other settings"),
    "too few epochs": ({"history": lambda known: known[:-1], "epochs_trained": lambda _: 0}, "after 3 of 4 epochs"),
    "more than all epochs": ({"epochs_trained": lambda _: 9}, "9 epochs were trained for 4"),
    "an end before its beginning": ({"ended": lambda _: 5.0}, "ended at 5"),
    "an end that is still to come": ({"ended": lambda known: known + 2 * 86400}, "and ended at"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_result_that_cannot_have_happened_is_named(home: Path, what: str) -> None:
    changes, words = FORGED[what]
    sweep = Home(str(home)).sweep(NAME)
    result = sweep.result("sat/symmetric-0.4/confirm-0000")
    assert result is not None
    sweep.add_result(replace(result, **{name: new(getattr(result, name)) for name, new in changes.items()}))
    _, findings = doctor(home)
    said = [finding["what"] for finding in findings if finding["part"] == "results"]
    assert all(sentence.startswith(f"{result.name}: ") for sentence in said)
    assert any(words in sentence for sentence in said)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_result_by_a_clock_that_was_wrong_by_an_hour_is_sound(home: Path, hours: int) -> None:
    sweep = Home(str(home)).sweep(NAME)
    result = sweep.result("sat/symmetric-0.4/confirm-0000")
    assert result is not None
    sweep.add_result(replace(result, started=result.started + 3600 * hours, ended=result.ended + 3600 * hours))
    _, findings = doctor(home)
    assert [finding for finding in findings if finding["part"] == "results"] == []


def test_a_file_that_is_being_written_is_none_of_the_leftovers(home: Path) -> None:
    (home / NAME / "results" / temporary_name("x.json")).write_text("")
    assert doctor(home) == (0, [])


def test_nothing_is_made_right_while_a_driver_runs_the_sweep(home: Path) -> None:
    (home / "studies.db").unlink()
    with only_driver(Home(str(home)).sweep(NAME)):
        answer = CliRunner().invoke(app, ["doctor", NAME, "--home", str(home), "--fix"])
    assert (answer.exit_code, answer.exception is None or isinstance(answer.exception, SystemExit)) == (2, True)
    assert "is being run by" in answer.output
    assert not (home / "studies.db").exists()


def test_what_a_driver_is_still_to_write_is_not_looked_at(home: Path) -> None:
    reopen(home, "sat/symmetric-0.4")
    (home / NAME / "status.json").unlink()
    with only_driver(Home(str(home)).sweep(NAME)):
        assert audit(Subject.named(NAME, str(home))) == []


def test_a_sweep_without_record_is_told_in_a_sentence(home: Path) -> None:
    for name in ("sweep.json", "sweep.copy.json"):
        truncate(home / NAME / name)
    answer = CliRunner().invoke(app, ["doctor", NAME, "--home", str(home)])
    assert answer.exit_code == 2
    assert "launching its space file again makes it anew" in answer.output


def test_folders_of_ended_processes_go_and_the_newest_session_stays(temporary_folder: Path) -> None:
    from sat_sweep.execution.ray_tune import scratch

    gone = left(temporary_folder).name.removeprefix(".x.json.").rpartition(".")[0]
    for second in (1, 2, 3):
        session = temporary_folder / "ray" / f"session_2026-01-01_00-00-0{second}_0_9"
        session.mkdir(parents=True)
        (session / scratch.MARK).write_text(gone)
    (temporary_folder / "ray" / "session_2026-01-01_00-00-00_0_9").mkdir()  # another's
    (temporary_folder / "ray" / "session_latest").symlink_to(session)  # Ray's own
    (temporary_folder / f"{scratch.PREFIX}{gone}-abc").mkdir()
    with scratch.scratch_folder() as mine:
        assert os.path.isdir(mine)
        assert {path.name for path in scratch.left_behind()} == {
            f"{scratch.PREFIX}{gone}-abc", "session_2026-01-01_00-00-01_0_9", "session_2026-01-01_00-00-02_0_9"}
    assert [path.name for path in temporary_folder.glob(f"{scratch.PREFIX}*")] == []
    sessions = [path.name for path in (temporary_folder / "ray").iterdir() if not path.is_symlink()]
    assert sorted(name[-5:-4] for name in sessions) == ["0", "3"]
    assert (session / scratch.MARK).exists()
