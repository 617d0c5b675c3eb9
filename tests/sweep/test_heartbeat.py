"""A driver's sign of life, which waits for no result."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from sat_sweep.home import Home, SweepHome, unsealed
from sat_sweep.home.status import read_status
from sat_sweep.sweep.heartbeat import Heartbeat
from sat_sweep.tasks.classification import Classification

DEADLINE = 20.0


class Quick(Heartbeat):
    listen = every = 0.01
    patience = 0.1


@pytest.fixture
def sweep(tmp_path: Any) -> SweepHome:
    return Home(str(tmp_path)).sweep("s")


@pytest.fixture
def queue() -> Any:
    space = SimpleNamespace(name="s", judging_task=Classification())
    return SimpleNamespace(stopping=False, slowest_epoch=0.0, budget=None, progress={}, share=None, work=None,
                           plan=SimpleNamespace(space=space, baseline="ce"))


class Interruption:
    def __init__(self) -> None:
        self.abandoned = 0

    def abandon(self) -> None:
        self.abandoned += 1


def wait_for(condition: Any) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def heartbeat_of(sweep: SweepHome) -> float:
    return float(unsealed(sweep.folder.read("status.json") or b"")["heartbeat"])


def test_it_beats_however_long_nothing_is_reported(sweep, queue):
    with Quick(queue, sweep, None, lambda text: None):
        assert read_status(sweep).state == "running", "from the first moment on"
        for _ in range(3):
            before = heartbeat_of(sweep)
            wait_for(lambda before=before: heartbeat_of(sweep) > before)
    after = heartbeat_of(sweep)
    time.sleep(0.05)
    assert heartbeat_of(sweep) == after


def test_a_request_to_stop_is_heard_and_said_once(sweep, queue):
    said: list[str] = []
    with Quick(queue, sweep, None, said.append):
        assert not queue.stopping
        sweep.request_stop()
        wait_for(lambda: said)
        before = heartbeat_of(sweep)
        wait_for(lambda: heartbeat_of(sweep) > before)
    assert queue.stopping
    assert said == ["s was asked to stop: trials end with the epoch that they are in"]


def test_patience_has_an_end(sweep, queue):
    interruption, said = Interruption(), []
    queue.stopping = True
    with Quick(queue, sweep, interruption, said.append):
        wait_for(lambda: interruption.abandoned)
    assert "no longer waiting" in said[1]


def test_patience_follows_the_slowest_epoch(sweep, queue):
    interruption, beats = Interruption(), []
    queue.stopping, queue.slowest_epoch = True, 3600.0
    heart = Quick(queue, sweep, interruption, lambda text: None, also=[lambda: beats.append(time.monotonic())])
    with heart:
        wait_for(lambda: beats and beats[-1] - beats[0] > 3 * Quick.patience)
    assert not interruption.abandoned


def test_what_cannot_be_written_is_said_once_and_does_not_end_it(sweep, queue, monkeypatch):
    said, tries = [], threading.Semaphore(0)

    def full(*_: Any) -> None:
        tries.release()
        raise OSError(28, "No space left on device")

    with Quick(queue, sweep, None, said.append):
        monkeypatch.setattr("sat_sweep.sweep.heartbeat.keep_status", full)
        for _ in range(3):
            assert tries.acquire(timeout=DEADLINE)
    assert len(said) == 1
    assert "No space left" in said[0]
