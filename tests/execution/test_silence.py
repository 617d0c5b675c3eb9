"""When a worker that says nothing any more is given up from outside: later than it should have given up itself."""

from __future__ import annotations

from sat_sweep.execution.epoch_limit import FACTOR, FIRST, LEAST, SPARE, TICK
from sat_sweep.execution.ray_tune.silence import Silence
from sat_sweep.training import EpochRecord


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def record(seconds: float, *, trained: bool = True) -> EpochRecord:
    return EpochRecord(1, {"epoch_seconds": seconds}, "", acts=True, trained=trained)


def listened(silence: Silence, clock: Clock, seconds: float) -> list[str]:
    """Who is found overdue meanwhile, by somebody who looks once a second."""
    found = []
    for _ in range(int(seconds)):
        clock.seconds += 1
        found += silence.overdue()
    return found


def test_the_first_epoch_may_take_an_hour_and_later_ones_what_was_measured() -> None:
    silence = Silence(clock := Clock())
    silence.heard("trial", [])
    assert listened(silence, clock, FIRST + SPARE) == []
    silence.heard("trial", [record(60.0)])
    assert listened(silence, clock, FACTOR * 60 + SPARE) == []
    silence.heard("trial", [record(0.1)])
    assert listened(silence, clock, FACTOR * 60 + SPARE) == []  # the longest counts
    assert listened(silence, clock, 2 * TICK) == ["trial"]


def test_it_is_told_once_and_in_the_words_of_the_worker() -> None:
    silence = Silence(clock := Clock())
    silence.heard("quick", [record(0.1)])
    assert listened(silence, clock, 3 * (LEAST + SPARE)) == ["quick"]
    assert silence.forget("quick") == f"an epoch did not end within {LEAST:.0f} s"
    assert silence.forget("quick") == ""


def test_whoever_speaks_is_not_overdue_nor_who_has_not_begun() -> None:
    silence = Silence(clock := Clock())
    silence.heard("stopped", [record(0.1)])
    for _ in range(3):
        silence.heard("busy", [record(0.1)])
        assert "busy" not in listened(silence, clock, LEAST)
    assert silence.forget("never heard of") == silence.forget("busy") == ""


def test_epochs_that_were_only_read_tell_nothing() -> None:
    silence = Silence(clock := Clock())
    silence.heard("trial", [record(0.001, trained=False)])
    assert listened(silence, clock, LEAST + 2 * SPARE) == []


def test_a_driver_that_was_stopped_for_a_day_has_not_listened() -> None:
    silence = Silence(clock := Clock())
    silence.heard("trial", [record(0.1)])
    clock.seconds += 86400
    assert listened(silence, clock, LEAST) == []
