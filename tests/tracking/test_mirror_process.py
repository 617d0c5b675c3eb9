"""The mirror in its own process: late, killed, without a server, never in the way."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mirrored_home import home, report_files, result, shown

from sat_sweep.home import SweepHome
from sat_sweep.tracking import mirror_client, ui
from sat_sweep.tracking.mirror import Mirror
from sat_sweep.tracking.mirror_client import MirrorProcess, mirror_in_advance, ui_command
from sat_sweep.tracking.process import PATIENCE, MirrorFollower, one_line
from sat_sweep.tracking.reader import COMMAND
from sat_sweep.tracking.ui import server_command

CE = "ce/symmetric-0.4"


class FakeMirror:
    """Notes what it is asked to do; fails while the server is out."""

    def __init__(self, sweep: SweepHome, calls: list[tuple[str, ...]], out: Callable[[], bool]) -> None:
        self.sweep, self.calls, self.out = sweep, calls, out

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(*given: Any) -> None:
            if self.out():
                raise ConnectionError("no route to http://me:secret@server")
            self.calls.append((name, *(getattr(value, "name", str(value)) for value in given)))
        return call


def follow(sweep: SweepHome, messages: list[dict[str, str]], out: list[bool],
           times: Iterator[float]) -> tuple[MirrorFollower, bool, list[tuple[str, ...]]]:
    """Follow `messages`; `out` says for each, at the start and at the end, whether the server is out."""
    calls: list[tuple[str, ...]] = []
    current = [out[0]]

    def stream() -> Iterator[dict[str, str]]:
        for message, state in zip(messages, out[1:], strict=False):
            current[0] = state
            yield message
        current[0] = out[-1]

    follower = MirrorFollower(lambda: FakeMirror(sweep, calls, lambda: current[0]),  # type: ignore[arg-type, return-value]
                        lambda: next(times))
    return follower, follower.follow(stream()), calls


NAME = f"{CE}/search-0000"
MESSAGES = [{"result": NAME}, {"study": CE, "state": "FINISHED"}, {"summary": "/r/report"}]


def test_messages_are_passed_on_in_order(tmp_path: Path) -> None:
    _, done, calls = follow(home(tmp_path), MESSAGES, [False] * 5, iter([]))
    assert done
    assert calls == [("mirror_all",), ("add", NAME), ("study_state", CE, "FINISHED"), ("summary", "report"),
                     ("settle",)]


def test_after_an_outage_it_catches_up(tmp_path: Path) -> None:
    follower, done, calls = follow(home(tmp_path), MESSAGES, [True, True, True, False, False],
                                   iter([0.0, 1.0, 2.0, PATIENCE + 1]))
    assert done
    assert calls == [("mirror_all",), ("study_state", CE, "FINISHED"), ("summary", "report"), ("settle",)]
    assert follower.problem == "ConnectionError: no route to http://***@server"


def test_a_server_that_is_out_is_not_asked_for_every_message(tmp_path: Path) -> None:
    attempts: list[int] = []
    sweep = home(tmp_path)

    def opened() -> Mirror:
        attempts.append(1)
        raise ConnectionError("out")

    follower = MirrorFollower(opened, clock=lambda: 0.0)
    assert not follower.follow([{"result": NAME}] * 50)
    assert len(attempts) == 2  # at the start and at the end
    assert sweep.result(NAME) is not None


def test_messages_of_errors_are_short_and_keep_secrets() -> None:
    said = one_line(ValueError("postgresql://sat:pw@db/x is out\nmore"))
    assert said == "ValueError: postgresql://***@db/x is out"
    assert len(one_line(ValueError("y" * 9000))) == 500


def test_killed_in_the_middle_it_is_repaired(tmp_path: Path) -> None:
    sweep = home(tmp_path, searched=3)
    for number in range(10, 60):
        sweep.add_result(result("ce", "search", number))
    database = tmp_path / "killed.db"
    uri = f"sqlite:///{database}"
    process = started(tmp_path, "toy", uri)
    wait_for(lambda: count_runs(database) > 8)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    written = count_runs(database)
    assert 8 < written < 62
    repaired, clean = Mirror(uri, sweep), Mirror(f"sqlite:///{tmp_path / 'clean.db'}", sweep)
    repaired.mirror_all()
    clean.mirror_all()
    assert shown(repaired.client, "toy") == shown(clean.client, "toy")


def test_mirrors_that_start_together_break_and_double_nothing(tmp_path: Path) -> None:
    """A driver that was killed leaves its mirror behind, and the next one starts another; a neighbour has its own."""
    sweeps = [home(tmp_path, searched=20), home(tmp_path, name="neighbour", searched=1)]
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    processes = [started(tmp_path, name, uri) for name in ("toy", "toy", "neighbour")]
    for process in processes:
        process.stdin.close()
    ends = [process.wait(120) for process in processes]
    assert ends[2] == 0
    assert sorted(ends[:2]) in ([0, 0], [-signal.SIGKILL, 0])  # the later of the two takes over
    for sweep in sweeps:
        runs = shown(Mirror(uri, sweep).client, sweep.name)  # refuses doubled ones
        assert len(runs) == 2 + sum(1 for _ in sweep.results())


def started(folder: Path, sweep: str, uri: str) -> subprocess.Popen[bytes]:
    """A mirror that knows its task and waits for messages."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"home": str(folder), "sweep": sweep, "uri": uri}).encode() + b"\n")
    process.stdin.flush()
    return process


def wait_for(condition: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def count_runs(database: Path) -> int:
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def test_the_driver_does_not_wait_and_everything_arrives(
        tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "0123")
    sweep = home(tmp_path, confirmed=0)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    started = time.monotonic()
    mirror = MirrorProcess(str(tmp_path), "toy", uri)
    late = result("ce", "confirm", 0)
    sweep.add_result(late)
    mirror.add(late.name)
    mirror.study_state(CE, "FINISHED")
    mirror.summary(str(report_files(tmp_path / "report")))
    for _ in range(5000):  # more than a pipe holds
        mirror.add(late.name)
    assert time.monotonic() - started < 2.0
    assert mirror.close()
    runs = shown(Mirror(uri, sweep).client, "toy")
    assert runs[late.name]["status"] == "FINISHED"
    assert {name: run["status"] for name, run in runs.items() if run["status"] == "RUNNING"} == {}
    assert runs["ce"]["metrics"].keys() >= {"robustness/last"}
    assert capfd.readouterr().err == ""


def test_one_that_is_killed_is_followed_by_another_that_completes_it(
        tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sweep = home(tmp_path)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    mirror = MirrorProcess(str(tmp_path), "toy", uri)
    mirror.add(NAME)
    wait_for(lambda: mirror.pid is not None)
    os.kill(mirror.pid, signal.SIGKILL)
    mirror.study_state(CE, "FINISHED")
    mirror.summary(str(report_files(tmp_path / "report")))
    assert mirror.close()
    runs = shown(Mirror(uri, sweep).client, "toy")
    assert {result.name for result in sweep.results()} < runs.keys()
    assert (runs[CE]["status"], "summary" in runs) == ("FINISHED", True)
    assert capfd.readouterr().err == ""


def test_without_mlflow_there_is_one_line_of_warning(tmp_path: Path,
                                                     capfd: pytest.CaptureFixture[str]) -> None:
    home(tmp_path)
    (tmp_path / "file").write_text("")
    mirror = MirrorProcess(str(tmp_path), "toy", f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")
    mirror.add(NAME)
    assert not mirror.close()
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("warning: MLflow lacks a part of toy (")


def test_a_mirror_that_hangs_is_given_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home(tmp_path)
    mirror = MirrorProcess(str(tmp_path), "toy", f"sqlite:///{tmp_path / 'mlflow.db'}")
    mirror.add(NAME)
    assert not mirror.close(patience=0.05)
    assert "did nothing for 0.05 s" in capfd.readouterr().err


def test_without_anything_to_say_nothing_is_started(tmp_path: Path) -> None:
    mirror = MirrorProcess(str(tmp_path), "toy", f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert mirror.close()
    assert mirror.pid is None


def test_the_uri_with_its_password_is_not_on_the_list_of_processes(tmp_path: Path) -> None:
    home(tmp_path)
    mirror = MirrorProcess(str(tmp_path), "toy", "http://me:secret@127.0.0.1:9")
    mirror.add(NAME)
    wait_for(lambda: mirror.pid is not None)
    listed = [(Path("/proc") / str(mirror.pid) / name).read_bytes() for name in ("cmdline", "environ")]
    mirror.close(patience=0.05)
    assert b"sat_sweep.tracking.process" in listed[0]
    assert not any(b"secret" in text for text in listed)


def test_one_that_was_started_in_advance_is_taken(tmp_path: Path) -> None:
    sweep = home(tmp_path, confirmed=0)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    with mirror_in_advance(True):
        waiting, = mirror_client._waiting
        mirror = MirrorProcess(str(tmp_path), "toy", uri)
        mirror.add(NAME)
        wait_for(lambda: mirror.pid is not None)
        assert mirror.pid == waiting.process.pid
    assert mirror.close()
    assert shown(Mirror(uri, sweep).client, "toy")[NAME]["status"] == "FINISHED"


def test_one_that_nobody_takes_has_written_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with mirror_in_advance(True):
        waiting, = mirror_client._waiting
        time.sleep(1.0)
    assert waiting.process.poll() is not None
    assert mirror_client._waiting == []
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_told_nothing_ends_well(tmp_path: Path) -> None:
    ended = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, cwd=tmp_path, capture_output=True, timeout=60)
    assert (ended.returncode, list(tmp_path.iterdir())) == (0, [])


def test_the_client_needs_no_mlflow() -> None:
    code = ("import sys, sat_sweep.tracking.mirror_client, sat_sweep.tracking.process; "
            "print(json.dumps([m for m in ('mlflow', 'torch', 'ray', 'optuna') if m in sys.modules]))")
    command = [sys.executable, "-c", f"import json; {code}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == []


def test_the_ui_is_for_this_machine_alone() -> None:
    assert ui_command("sqlite:////h/mlflow.db", 5001)[1:] == ["-m", "sat_sweep.tracking.ui",
                                                            "sqlite:////h/mlflow.db", "5001"]
    command = server_command("sqlite:////h/mlflow.db", "5001")
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--port") + 1] == "5001"
    assert command[command.index("--backend-store-uri") + 1] == "sqlite:////h/mlflow.db"


def test_the_ui_becomes_the_server_without_its_job_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *given: became.extend(given))
    ui.main(["sqlite:////h/mlflow.db", "5001"])
    assert became[:2] == [sys.executable, server_command("sqlite:////h/mlflow.db", "5001")]
    assert became[2]["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert became[2]["PATH"] == os.environ["PATH"]
