"""One driver per sweep, on a file system and on an object store, also against a real second process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from sat_sweep.errors import UserError
from sat_sweep.home import Home, SweepHome
from sat_sweep.home.files import open_folder
from sat_sweep.home.holder import Holder
from sat_sweep.home.lease import EXPIRY, Held, Lease
from sat_sweep.home.lock import driver_of, latest_mirror, only_driver

HOLD = """
import sys, time
from sat_sweep.home import Home
from sat_sweep.home.lock import latest_mirror, only_driver
with {lock}(Home(sys.argv[1]).sweep("toy")):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "disk":
        return str(tmp_path)
    for name, value in request.getfixturevalue("s3").items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{tmp_path.name}"


@contextmanager
def process_that_holds(place: str, lock: str = "only_driver") -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", HOLD.format(lock=lock), place], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def sweep_in(place: str) -> SweepHome:
    return Home(place).sweep("toy")


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_second_driver_is_refused_in_a_sentence(place: str) -> None:
    sweep = sweep_in(place)
    with process_that_holds(place) as first:
        with pytest.raises(UserError, match=rf"'toy' is being run by process {first.pid};") as refusal, \
                only_driver(sweep):
            pass
        holder = driver_of(sweep)
        assert holder is not None
        assert holder.pid == first.pid
    assert "\n" not in str(refusal.value)


@pytest.mark.slow
def test_after_a_kill_the_next_one_gets_it(place: str) -> None:
    """On an object store once the lease has run out, half a minute later."""
    with process_that_holds(place) as first:
        first.kill()
        first.wait()
        with only_driver(sweep_in(place)):
            holder = driver_of(sweep_in(place))
            assert holder is not None
            assert holder.pid == os.getpid()


def test_after_the_end_the_next_one_gets_it_at_once(place: str) -> None:
    for _ in range(2):
        with only_driver(sweep_in(place)) as hold:
            assert not hold.lost.is_set()


def test_two_sweeps_of_one_home_do_not_meet(place: str) -> None:
    with only_driver(sweep_in(place)), only_driver(Home(place).sweep("other")):
        pass


def test_the_latest_mirror_takes_over_from_one_that_is_stuck(place: str) -> None:
    with process_that_holds(place, "latest_mirror") as stuck:
        with latest_mirror(sweep_in(place)):
            wait_for(lambda: stuck.poll() is not None)
        assert stuck.returncode != 0


# Leases


@pytest.fixture(params=["memory", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    if request.param == "memory":
        return open_folder(f"memory://{tmp_path.name}")
    for name, value in request.getfixturevalue("s3").items():
        monkeypatch.setenv(name, value)
    return open_folder(f"s3://bucket/{tmp_path.name}")


def test_a_file_is_replaced_only_by_who_knows_it(folder):
    first = folder.replace("a", b"1", None)
    assert first is not None
    assert folder.replace("a", b"2", None) is None
    second = folder.replace("a", b"2", first)
    assert second is not None
    assert folder.replace("a", b"3", first) is None
    version = folder.version("a")
    assert (version.content, version.mark) == (b"2", second)
    assert version.age < 60
    folder.delete("a")
    assert folder.version("a") is None
    assert folder.replace("a", b"4", second) is None


def test_a_lease_that_is_renewed_is_held(folder):
    lease = Lease(folder, "lease", lambda: None, renewal=0.2)
    lease.acquire()
    with pytest.raises(Held) as held:
        Lease(folder, "lease", lambda: None, renewal=0.2).acquire()
    lease.release()
    assert held.value.holder == Holder.here()
    assert folder.version("lease") is None


def test_who_loses_the_lease_is_told_and_leaves_it_alone(folder):
    lost = Event()
    first, second = (Lease(folder, "lease", told, renewal=0.2) for told in (lost.set, lambda: None))
    first.acquire()
    second.take_over()
    assert lost.wait(60)
    first.release()
    assert folder.version("lease") is not None
    second.release()


def test_an_outage_is_no_loss_until_the_lease_has_run_out(folder, monkeypatch):
    lost = Event()
    lease = Lease(folder, "lease", lost.set, renewal=0.1, expiry=1.0)
    lease.acquire()
    attempts: list[int] = []

    def out(*_: object) -> None:
        attempts.append(1)
        raise OSError("no route")

    monkeypatch.setattr(folder, "replace", out)
    monkeypatch.setattr(folder, "version", out)
    assert lost.wait(60)
    assert len(attempts) > 1


def test_a_lease_runs_out_within_a_minute():
    assert EXPIRY < 60


def test_a_process_is_known_by_its_birth():
    holder = Holder.decode(Holder.here().encode())
    assert holder == Holder.here()
    assert Holder.here().is_alive_here
    assert not Holder(os.getpid(), Holder.here().host, "1").is_alive_here
    assert str(Holder(5, "elsewhere")) == "process 5 on elsewhere"
    assert Holder.decode(b"") is None
