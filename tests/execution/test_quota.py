"""How many workers a sweep may have while others come and go on a cluster of eight CPUs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest

from sat_sweep.config.resources import Resources
from sat_sweep.execution.ray_tune import quota as module
from sat_sweep.execution.ray_tune.cluster import Cluster
from sat_sweep.execution.ray_tune.fair_share import Claim
from sat_sweep.execution.ray_tune.quota import BEAT_SECONDS, KEPT_SECONDS, PATIENCE, Quota
from tests.execution.clock import Clock, clock_of
from tests.execution.test_capacity import FakeRay, node

OTHER = Claim("other", 200, 4, {"CPU": 1.0}, {})


@dataclass
class FakeClaims:
    """What the others claim, and what was told them."""

    others: list[Claim] = field(default_factory=list)
    told: list[Claim] = field(default_factory=list)

    def exchange(self, mine: Claim) -> list[Claim]:
        self.told.append(mine)
        return self.others


@dataclass
class Sweep:
    """A sweep that has a quota beside others."""

    quota: Quota
    claims: FakeClaims
    clock: Clock
    wants: int = 200

    def beat(self, holds: int, seconds: float = BEAT_SECONDS) -> None:
        self.clock.now += seconds
        self.quota.update(holds)


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch) -> Sweep:
    return sweep_with(monkeypatch)


def sweep_with(monkeypatch: pytest.MonkeyPatch, *, resumable: bool = True, cpus: int = 8) -> Sweep:
    cluster, claims = Cluster(FakeRay(node(CPU=cpus)), Resources()), FakeClaims()
    quota = Quota(cluster, claims, cluster.claim("ours", 1.0), lambda: made.wants,  # type: ignore[arg-type]
                  resumable=resumable)
    made = Sweep(quota, claims, clock_of(module, monkeypatch))
    return made


def test_alone_there_is_no_limit(sweep: Sweep) -> None:
    sweep.beat(holds=8)
    assert (sweep.quota.alone, sweep.quota.limit, sweep.quota.asked) == (True, math.inf, math.inf)


def test_a_machine_of_its_own_is_never_shared() -> None:
    cluster = Cluster(FakeRay(node(CPU=8)), Resources())
    quota = Quota(cluster, None, cluster.claim("ours", 1.0), lambda: pytest.fail("nobody asks"))
    quota.update(8)
    quota.close()
    assert (quota.shared, quota.alone) == (False, True)


def test_it_tells_what_it_wants_and_holds(sweep: Sweep) -> None:
    sweep.beat(holds=8)
    assert sweep.claims.told == [Claim("ours", 200, 8, {"CPU": 1.0}, {})]
    sweep.beat(holds=7, seconds=BEAT_SECONDS / 2)
    assert len(sweep.claims.told) == 1, "not oftener than it has to"


def test_another_sweep_gets_its_half_and_gives_it_back(sweep: Sweep) -> None:
    sweep.claims.others = [replace(OTHER, holds=0)]
    sweep.beat(holds=8)
    assert (sweep.quota.limit, sweep.quota.asked) == (4, 4), "nothing in advance while the other waits"
    sweep.claims.others = [OTHER]
    sweep.beat(holds=4)
    assert (sweep.quota.limit, sweep.quota.asked) == (4, 5), "an autoscaler may see that there is more to do"
    sweep.claims.others = [replace(OTHER, wants=1, holds=1)]
    sweep.beat(holds=4)
    assert sweep.quota.limit == 7
    sweep.claims.others = []
    sweep.beat(holds=7)
    assert sweep.quota.alone


def test_who_wants_nothing_and_has_nothing_is_no_neighbour(sweep: Sweep) -> None:
    sweep.claims.others = [replace(OTHER, wants=0, holds=0)]
    sweep.beat(holds=8)
    assert sweep.quota.alone


def test_what_was_wanted_lately_is_still_claimed(sweep: Sweep) -> None:
    sweep.beat(holds=4)
    sweep.wants = 1
    sweep.beat(holds=4)
    assert sweep.claims.told[-1].wants == 200
    sweep.beat(holds=4, seconds=KEPT_SECONDS)
    assert sweep.claims.told[-1].wants == 1


def test_with_fewer_workers_than_sweeps_each_may_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = sweep_with(monkeypatch, cpus=1)
    sweep.claims.others = [replace(OTHER, sweep="a", holds=0)]
    for _ in range(int(2 * PATIENCE / BEAT_SECONDS)):
        sweep.beat(holds=1)
    assert sweep.quota.limit == 1
    assert sweep.quota.overdue == 0, "who has the one keeps it to the end of its trial"


def test_long_trials_are_interrupted_for_others_that_have_waited(sweep: Sweep) -> None:
    sweep.claims.others = [replace(OTHER, wants=3, holds=1)]
    sweep.beat(holds=7)
    sweep.beat(holds=7, seconds=PATIENCE - 1)
    assert (sweep.quota.limit, sweep.quota.overdue) == (5, 0)
    sweep.beat(holds=7)
    assert sweep.quota.overdue == 2
    sweep.claims.others = [replace(OTHER, wants=3, holds=3)]
    sweep.beat(holds=5)
    assert sweep.quota.overdue == 0
    sweep.claims.others = [replace(OTHER, wants=4, holds=3)]
    sweep.beat(holds=5)
    assert sweep.quota.overdue == 0, "patience begins anew"


def test_nobody_is_interrupted_whom_nobody_waits_for(sweep: Sweep) -> None:
    sweep.claims.others = [OTHER]
    for _ in range(int(2 * PATIENCE / BEAT_SECONDS)):
        sweep.beat(holds=5)
    assert sweep.quota.overdue == 0


def test_without_stored_states_nobody_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = sweep_with(monkeypatch, resumable=False)
    sweep.claims.others = [replace(OTHER, holds=0)]
    for _ in range(int(2 * PATIENCE / BEAT_SECONDS)):
        sweep.beat(holds=8)
    assert sweep.quota.overdue == 0
