"""Drivers that tell each other what they want, through a table that stands in for Ray's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sat_sweep.execution.ray_tune import claims as module
from sat_sweep.execution.ray_tune.claims import FORGOTTEN, SILENCE, Claims
from sat_sweep.execution.ray_tune.fair_share import Claim
from tests.execution.clock import Clock, clock_of

OURS = Claim("ours", 8, 2, {"CPU": 1.0}, {"market": "spot"}, 2.0)
THEIRS = Claim("theirs", 200, 4, {"CPU": 1.0}, {})


class Table:
    """As Ray's, but for its namespaces; `lost` is a head that is out of reach."""

    def __init__(self) -> None:
        self.content: dict[bytes, bytes] = {}
        self.lost = False

    def put(self, key: bytes, value: bytes, namespace: str) -> None:
        if self.lost:
            raise RuntimeError("the head does not answer")
        self.content[key] = value

    def get(self, key: bytes, namespace: str) -> bytes | None:
        return self.content.get(key)

    def list(self, prefix: bytes, namespace: str) -> list[bytes]:
        return [key for key in self.content if key.startswith(prefix)]

    def delete(self, key: bytes, namespace: str) -> None:
        self.content.pop(key, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return clock_of(module, monkeypatch)


@pytest.fixture
def table() -> Table:
    return Table()


def test_each_hears_of_the_others_and_not_of_itself(clock: Clock, table: Table) -> None:
    ours, theirs = Claims(table), Claims(table)
    assert ours.exchange(OURS) == []
    assert theirs.exchange(THEIRS) == [OURS]
    assert ours.exchange(OURS) == [THEIRS]
    assert ours.exchange(replace(OURS, wants=1)) == [THEIRS]
    assert theirs.exchange(THEIRS) == [replace(OURS, wants=1)]


def test_who_has_ended_is_heard_of_no_more(clock: Clock, table: Table) -> None:
    ours, theirs = Claims(table), Claims(table)
    theirs.exchange(THEIRS)
    assert ours.exchange(OURS) == [THEIRS]
    theirs.withdraw()
    assert ours.exchange(OURS) == []


def test_a_driver_that_falls_silent_is_dead(clock: Clock, table: Table) -> None:
    ours, theirs = Claims(table), Claims(table)
    theirs.exchange(THEIRS)
    assert ours.exchange(OURS) == [THEIRS]
    clock.now += SILENCE - 1
    theirs.exchange(THEIRS)
    assert ours.exchange(OURS) == [THEIRS], "it has said the same again"
    clock.now += SILENCE - 1
    assert ours.exchange(OURS) == [THEIRS]
    clock.now += 1
    assert ours.exchange(OURS) == []
    theirs.exchange(THEIRS)
    assert ours.exchange(OURS) == [THEIRS], "it was only slow"


def test_what_a_dead_driver_has_left_is_taken_away(clock: Clock, table: Table) -> None:
    ours, theirs = Claims(table), Claims(table)
    theirs.exchange(THEIRS)
    ours.exchange(OURS)
    clock.now += FORGOTTEN + 1
    ours.exchange(OURS)
    assert list(table.content) == [b"claims/ours"]


def test_a_driver_that_does_not_reach_the_table_is_alone(clock: Clock, table: Table) -> None:
    ours = Claims(table)
    Claims(table).exchange(THEIRS)
    table.lost = True
    assert ours.exchange(OURS) == []
    table.lost = False
    assert ours.exchange(OURS) == [THEIRS]


@pytest.mark.parametrize("entry", [b"", b"no json", b"[1]", b'{"sweep": "alien"}'])
def test_what_cannot_be_understood_is_passed_over(clock: Clock, table: Table, entry: bytes) -> None:
    table.content[b"claims/alien"] = entry
    Claims(table).exchange(THEIRS)
    assert Claims(table).exchange(OURS) == [THEIRS]


def test_further_facts_of_a_later_version_do_no_harm(clock: Clock, table: Table) -> None:
    Claims(table).exchange(THEIRS)
    (key,) = table.content
    table.content[key] = table.content[key].replace(b"{", b'{"mood": "good", ', 1)
    assert Claims(table).exchange(OURS) == [THEIRS]
