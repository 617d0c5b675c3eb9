"""The mirror beside a server that hangs, after a kill at the worst moment, and with a database that is damaged."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sat_sweep.errors import UserError
from sat_sweep.home.databases import opening
from sat_sweep.tracking.mirror_client import MirrorProcess
from tests.tracking.mirrored_home import home
from tests.tracking.test_mirror_process import NAME, count_runs, started

EVERYTHING = 2 + 2 * (3 + 2)
"""Runs of the home that these tests have: two studies, three search trials and two seeds each."""


@pytest.fixture
def hanging() -> Iterator[tuple[str, socket.socket]]:
    """The address of a server that takes every connection and never answers, and its socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}", server


def mirrored(place: Path, database: Path) -> int:
    """Run a mirror as a launch does, and count the runs that MLflow has then."""
    home(place)
    mirror = MirrorProcess(str(place), "toy", f"sqlite:///{database}")
    mirror.add(NAME)
    assert mirror.close()
    return count_runs(database)


def test_a_server_that_hangs_is_not_waited_for(
        tmp_path: Path, hanging: tuple[str, socket.socket], capfd: pytest.CaptureFixture[str]) -> None:
    home(tmp_path)
    mirror = MirrorProcess(str(tmp_path), "toy", hanging[0])
    mirror.add(NAME)
    hanging[1].accept()
    assert not mirror.close(patience=1.0)
    assert "MLflow lacks a part of toy (it did nothing for 1 s)" in capfd.readouterr().err
    assert not Path(f"/proc/{mirror.pid}").exists()


def test_what_a_dead_driver_left_with_a_server_that_hangs_is_taken_over(
        tmp_path: Path, hanging: tuple[str, socket.socket]) -> None:
    home(tmp_path)
    stuck = started(tmp_path, "toy", hanging[0])
    assert stuck.stdin is not None
    hanging[1].accept()
    stuck.stdin.close()
    assert mirrored(tmp_path, tmp_path / "mlflow.db") == EVERYTHING
    assert stuck.wait(60) == -signal.SIGKILL


def version(database: Path) -> str | None:
    """How far MLflow's migrations have brought a database."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as opened:
        row = opened.execute("select version_num from alembic_version").fetchone()
        return None if row is None else str(row[0])
    return None


def killed_in_the_making(place: Path) -> Path:
    """The database of a mirror that was killed while it made it."""
    home(place)
    database = place / "mlflow.db"
    process = started(place, "toy", f"sqlite:///{database}")
    while tables(database) <= 5:  # without a pause: it is made in a moment
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return database


def test_killed_while_it_makes_its_database_it_is_mended(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = ""  # of all attempts: a process says a sentence once
    for attempt in range(8):
        database = killed_in_the_making(tmp_path / str(attempt))
        before = version(database)
        assert mirrored(database.parent, database) == EVERYTHING
        said += capfd.readouterr().err
        if before != version(database):  # else the kill came too late
            assert database.with_name("mlflow.db.damaged-1").exists()
            assert "mlflow.db cannot be used, it was never made to the end" in said
            return
    raise AssertionError("no kill came in time")


def test_a_damaged_database_is_set_aside_and_made_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = tmp_path / "mlflow.db"
    assert mirrored(tmp_path, database) == EVERYTHING
    database.write_bytes(database.read_bytes()[:30_000])
    assert mirrored(tmp_path, database) == EVERYTHING
    assert "mlflow.db cannot be used, it is damaged" in capfd.readouterr().err
    assert (tmp_path / "mlflow.db.damaged-1").stat().st_size == 30_000


def tables(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


# Which databases are set aside


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE runs (id)")
        connection.execute("INSERT INTO runs VALUES (1)")
    return path


def test_a_sound_database_stays(database: Path) -> None:
    before = database.read_bytes()
    with opening(f"sqlite:///{database}", filled_last="runs"):
        assert database.read_bytes() == before


def test_one_that_somebody_writes_to_stays(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with opening(f"sqlite:///{database}", filled_last="runs"):
            assert database.exists()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, None])
def test_a_damaged_or_unfinished_file_of_our_name_is_renamed_each_time(database: Path, content: bytes | None) -> None:
    found = content or database.read_bytes()
    database = database.rename(database.with_name("mlflow.db"))
    for number in (1, 2):
        database.write_bytes(found)
        with opening(f"sqlite:///{database}", filled_last="runs" if content else "experiments"):
            assert not database.exists()
        assert database.with_name(f"mlflow.db.damaged-{number}").read_bytes() == found


@pytest.mark.parametrize("content", [b"not a database at all" * 100, None])
def test_a_foreign_file_is_refused_and_stays(database: Path, content: bytes | None) -> None:
    found = content or database.read_bytes()
    database.write_bytes(found)
    with pytest.raises(UserError, match=r"some\.db is .* left as it is"), \
            opening(f"sqlite:///{database}", filled_last="experiments"):
        pass
    assert [path.name for path in database.parent.glob("*")] == ["some.db"]
    assert database.read_bytes() == found


@pytest.mark.parametrize(("name", "words"), [("", "is no regular file"), ("pipe", "is no regular file"),
                                             ("loose", "is no regular file"), ("file/x.db", "cannot be made"),
                                             ("n" * 300, "cannot be reached")])
def test_what_is_no_file_is_no_database(tmp_path: Path, name: str, words: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loose").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=words), opening(f"sqlite:///{tmp_path / name}", filled_last="experiments"):
        pass
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_file_and_other_databases_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty.db").write_bytes(b"")
    for url in (f"sqlite:///{tmp_path / 'empty.db'}", "postgresql://host/db", "sqlite://"):
        with opening(url, filled_last="runs"):
            pass
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["empty.db"]
