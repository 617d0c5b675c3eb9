from __future__ import annotations

import pytest

from sat_sweep.execution.ray_tune import startup_barrier as barrier
from sat_sweep.execution.ray_tune.startup_barrier import WAIT_SECONDS, StartupBarrier
from tests.execution.clock import Clock, clock_of


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return clock_of(barrier, monkeypatch)


def test_a_lone_worker_waits_for_nobody(clock: Clock) -> None:
    workers = StartupBarrier(1)
    workers.present("a", "host/1")
    assert not workers.hold(jobs=1)


def test_the_first_worker_waits_for_the_second(clock: Clock) -> None:
    workers = StartupBarrier(2)
    workers.present("a", "host/1")
    assert workers.hold(jobs=2)
    workers.present("b", "host/2")
    assert not workers.hold(jobs=2)


def test_nobody_waits_for_workers_that_have_no_job(clock: Clock) -> None:
    workers = StartupBarrier(4)
    workers.present("a", "host/1")
    assert not workers.hold(jobs=1)
    assert workers.hold(jobs=2)


def test_the_same_process_on_another_host_is_another_worker(clock: Clock) -> None:
    workers = StartupBarrier(2)
    workers.present("a", "one/7")
    workers.present("b", "two/7")
    assert not workers.hold(jobs=2)


def test_waiting_has_an_end_and_is_not_begun_again(clock: Clock) -> None:
    workers = StartupBarrier(2)
    workers.present("a", "host/1")
    assert workers.hold(jobs=2)
    clock.now += WAIT_SECONDS - 1
    assert workers.hold(jobs=2)
    clock.now += 1
    assert not workers.hold(jobs=2)
    clock.now += 1
    assert not workers.hold(jobs=2)


def test_a_worker_that_is_done_stays_present(clock: Clock) -> None:
    workers = StartupBarrier(2)
    workers.present("a", "host/1")
    workers.present("b", "host/2")
    workers.done("a")
    workers.done("unknown")
    assert not workers.hold(jobs=2)


def test_a_lost_worker_is_waited_for_anew(clock: Clock) -> None:
    workers = StartupBarrier(2)
    workers.present("a", "host/1")
    assert workers.hold(jobs=2)
    workers.present("b", "host/2")
    assert not workers.hold(jobs=2)
    clock.now += 10 * WAIT_SECONDS
    workers.lost("b")
    assert workers.hold(jobs=2)
    workers.present("b", "host/3")
    assert not workers.hold(jobs=2)


def test_losing_a_worker_that_never_reported_changes_nothing(clock: Clock) -> None:
    workers = StartupBarrier(1)
    workers.present("a", "host/1")
    workers.lost("unknown")
    assert not workers.hold(jobs=1)


def test_workers_that_come_later_are_waited_for_too(clock: Clock) -> None:
    workers = StartupBarrier(1)
    workers.present("a", "host/1")
    workers.expect(2)
    assert workers.hold(jobs=2)
    clock.now += WAIT_SECONDS
    assert not workers.hold(jobs=2)
    workers.expect(3)
    assert workers.hold(jobs=3)


def test_nobody_waits_for_workers_that_are_gone_for_good(clock: Clock) -> None:
    workers = StartupBarrier(3)
    workers.present("a", "host/1")
    assert workers.hold(jobs=3)
    workers.expect(1)
    assert not workers.hold(jobs=3)


def test_of_those_that_were_let_go_nobody_counts_as_present(clock: Clock) -> None:
    """Of three workers two are idle when the sweep has to share, and two new ones start when it has all back."""
    workers = StartupBarrier(3)
    for place, trial in enumerate("abc"):
        workers.present(trial, f"host/{place}")
    workers.done("b")
    workers.done("c")
    workers.expect(1)
    workers.expect(3)
    assert workers.hold(jobs=3)
    workers.present("d", "host/4")
    workers.present("e", "host/5")
    assert not workers.hold(jobs=3)
