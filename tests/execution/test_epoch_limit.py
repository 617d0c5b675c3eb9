"""An epoch that does not end is given up, by the measure of those before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sat_sweep.execution import epoch_limit
from sat_sweep.execution.epoch_limit import FACTOR, FIRST, LEAST, TICK, EpochLimit
from sat_sweep.training import EpochRecord


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(epoch_limit.threading.Thread, "start", lambda self: None)
    return []


def records(limit: EpochLimit, *ticks: int, seconds: float = 1.0, trained: bool = True) -> Iterator[EpochRecord]:
    """A trial whose epochs last so many ticks, by the limit's clock, and `seconds` by their own."""
    for epoch, number in enumerate(ticks, start=1):
        for _ in range(number):
            limit.tick()
        yield EpochRecord(epoch, {"epoch_seconds": seconds}, str(epoch), True, trained=trained)


def ticks(seconds: float) -> int:
    """The most that stay within so many seconds."""
    return int(seconds // TICK)


def test_epochs_within_the_limit_are_passed_on(said: list[str]) -> None:
    limit = EpochLimit(said.append)
    made = list(limit.watched(records(limit, ticks(FIRST), ticks(LEAST), ticks(LEAST))))
    assert ([record.epoch for record in made], said) == ([1, 2, 3], [])


@pytest.mark.parametrize(("lasting", "limited"), [
    ((ticks(FIRST) + 1,), FIRST), ((1, ticks(LEAST) + 1), LEAST), ((1, 1, ticks(LEAST) + 1), LEAST)])
def test_one_beyond_it_is_given_up_once(said: list[str], lasting: tuple[int, ...], limited: float) -> None:
    limit = EpochLimit(said.append)
    list(limit.watched(records(limit, *lasting)))
    assert said == [f"an epoch did not end within {limited:.0f} s"]


def test_long_epochs_are_measured(said: list[str]) -> None:
    limit = EpochLimit(said.append)
    long = LEAST
    list(limit.watched(records(limit, 1, ticks(FACTOR * long), seconds=long)))
    assert said == []
    list(limit.watched(records(limit, 1, ticks(FACTOR * long) + 1, seconds=long)))
    assert said == [f"an epoch did not end within {FACTOR * long:.0f} s"]


def test_replayed_epochs_measure_nothing(said: list[str]) -> None:
    limit = EpochLimit(said.append)
    list(limit.watched(records(limit, 1, ticks(FIRST), trained=False)))
    assert said == []


def test_between_epochs_and_trials_nothing_counts(said: list[str]) -> None:
    limit = EpochLimit(said.append)
    made = limit.watched(records(limit, 1, 1))
    next(made)
    for _ in range(ticks(FIRST) + 1):
        limit.tick()
    assert len(list(made)) == 1
    assert said == []
