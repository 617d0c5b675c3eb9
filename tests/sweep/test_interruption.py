"""Signals while a sweep runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from sat_sweep.execution.backend import Abandoned
from sat_sweep.execution.serial import SerialBackend
from sat_sweep.sweep import interruption
from sat_sweep.sweep.interruption import interruptible


@pytest.fixture(autouse=True)
def _as_in_a_terminal() -> Iterator[None]:
    """Whoever runs the tests may do so under `nohup`."""
    usual = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, usual)


@pytest.fixture
def queue() -> Any:
    return SimpleNamespace(stopping=False)


@pytest.fixture
def backend() -> SerialBackend:
    return SerialBackend()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_stops_the_second_leaves_the_third_ends(queue, backend, number, monkeypatch):
    ended: list[int] = []
    monkeypatch.setattr(interruption.os, "_exit", ended.append)
    with interruptible(queue, backend):
        signal.raise_signal(number)
        assert queue.stopping
        with pytest.raises(Abandoned):
            signal.raise_signal(number)
        signal.raise_signal(number)
    assert ended == [3]


def test_the_end_of_the_terminal_is_not_heard_under_nohup(queue, backend):
    usual = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible(queue, backend):
            signal.raise_signal(signal.SIGHUP)
            assert not queue.stopping
    finally:
        signal.signal(signal.SIGHUP, usual)


def test_one_that_was_ignored_in_the_background_is_heard(queue, backend):
    """A shell without job control starts what it is not to wait for without SIGINT."""
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible(queue, backend):
            signal.raise_signal(signal.SIGINT)
            assert queue.stopping
    finally:
        signal.signal(signal.SIGINT, usual)


def test_afterwards_signals_are_what_they_were(queue, backend):
    before = signal.getsignal(signal.SIGTERM)
    with interruptible(queue, backend):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_another_thread_can_leave_the_backend_behind(queue, backend):
    with interruptible(queue, backend) as heard:
        threading.Timer(0.05, heard.abandon).start()
        with pytest.raises(Abandoned):
            threading.Event().wait(20)
    assert queue.stopping


def test_where_signals_cannot_be_heard_nothing_is_done(queue, backend):
    seen: list[Any] = []

    def work() -> None:
        with interruptible(queue, backend) as heard:
            seen.append(heard)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]
