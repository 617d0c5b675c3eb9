"""How many trials fit on a cluster, and how long a cluster without room is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from sat_sweep.config.resources import Resources
from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.execution.ray_tune import workers as module
from sat_sweep.execution.ray_tune.capacity import alone, matches, per_trial, room
from sat_sweep.execution.ray_tune.cluster import Cluster
from sat_sweep.execution.ray_tune.workers import LOOK_SECONDS, Workers
from tests.execution.clock import Clock, clock_of


def node(name: str = "1f", alive: bool = True, labels: dict[str, str] | None = None, **has: float) -> dict[str, Any]:
    return {"NodeID": name, "Alive": alive, "Resources": has, "Labels": labels or {}}


@pytest.mark.parametrize(("asked", "nodes", "count"), [
    ({}, [node(CPU=2), node(CPU=1)], 3),
    ({"cpus": 2}, [node(CPU=3), node(CPU=1)], 1),  # what is left over on two nodes is no place for a trial
    ({"cpus": 2}, [node(CPU=2), node(CPU=8, alive=False)], 1),
    ({"gpus": 1.0}, [node(CPU=8, GPU=2)], 2),
    ({"gpus": 0.25}, [node(CPU=8, GPU=2)], 8),
    ({"gpus": 0.4}, [node(CPU=8, GPU=2)], 4),  # a part of one GPU, never of two
    ({"gpus": 1.0}, [node(CPU=8)], 0),
    ({"custom": {"ssd": 0.1}}, [node(CPU=20, ssd=1)], 10),
    ({"custom": {"ssd": 1.0}}, [node(CPU=20)], 0),
    ({"labels": {"market": "spot"}}, [node(CPU=2), node(CPU=3, labels={"market": "spot"})], 3),
])
def test_room_is_counted_node_by_node(asked: dict[str, Any], nodes: list[dict[str, Any]], count: int) -> None:
    resources = Resources.model_validate(asked)
    assert room(nodes, per_trial(resources), resources.labels) == count


@pytest.mark.parametrize(("wanted", "expected"), [
    ("spot", True), ("!spot", False), ("in(cheap, spot)", True), ("!in(cheap,spot)", False), ("dear", False)])
def test_labels_are_matched_as_ray_does(wanted: str, expected: bool) -> None:
    assert matches({"market": "spot"}, {"market": wanted}) == expected


def test_a_label_that_is_missing_is_none_of_those_wanted() -> None:
    assert not matches({}, {"market": "spot"})
    assert matches({}, {"market": "!spot"})


def test_alone_means_whole_devices() -> None:
    assert alone({"CPU": 2.0, "GPU": 0.25, "ssd": 0.5}) == {"CPU": 2.0, "GPU": 1.0, "ssd": 1.0}


class FakeRay:
    def __init__(self, *nodes: dict[str, Any]) -> None:
        self.known = list(nodes)

    def nodes(self) -> list[dict[str, Any]]:
        return self.known


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return clock_of(module, monkeypatch)


def test_a_machine_without_room_is_refused_at_once() -> None:
    cluster = Cluster(FakeRay(node(CPU=8)), Resources(gpus=1.0))
    with pytest.raises(UserError, match=r"asks for 1 CPU and 1 GPU \(`resources:`\), and Ray has 8 CPUs and 0 GPUs$"):
        Workers(cluster, None, None, pytest.fail)


def test_what_is_lacking_is_said_in_full() -> None:
    resources = Resources(labels={"market": "spot"}, custom={"ssd": 1.0})
    assert Cluster(FakeRay(node(CPU=1), node(CPU=1)), resources).shortage() == (
        "a trial asks for 1 CPU, 0 GPUs and 1 ssd on a node with market: spot (`resources:`), "
        "and Ray has 2 CPUs, 0 GPUs and 0 ssd on 2 nodes")


def test_the_number_follows_the_nodes(clock: Clock) -> None:
    ray = FakeRay(node(CPU=1))
    workers = Workers(Cluster(ray, Resources()), 3, 60.0, pytest.fail)
    ray.known.append(node(CPU=4))
    assert workers.update() == 1
    clock.now += LOOK_SECONDS
    assert workers.update() == 3, "no more than may be"


def test_of_one_machine_the_number_is_asked_once(clock: Clock) -> None:
    ray = FakeRay(node(CPU=1))
    workers = Workers(Cluster(ray, Resources()), None, None, pytest.fail)
    ray.known.append(node(CPU=4))
    clock.now += 100 * LOOK_SECONDS
    assert workers.update() == 1


def test_a_cluster_without_a_node_is_waited_for(clock: Clock) -> None:
    said: list[str] = []
    ray = FakeRay()
    workers = Workers(Cluster(ray, Resources()), None, 120.0, said.append)
    for _ in range(3):
        clock.now += LOOK_SECONDS
        assert workers.update() == 0
    ray.known.append(node(CPU=2))
    clock.now += LOOK_SECONDS
    assert workers.update() == 2
    assert said == [
        "waiting for a node: a trial asks for 1 CPU and 0 GPUs (`resources:`), and Ray has 0 CPUs and 0 GPUs; "
        "it may take 2 minutes (`resources.patience`)", "a node has come: going on with 2 workers"]


def test_patience_ends_with_a_sentence(clock: Clock) -> None:
    workers = Workers(Cluster(FakeRay(), Resources()), None, 120.0, lambda text: None)
    clock.now += 121
    with pytest.raises(UserError, match="Ray has 0 CPUs"):
        workers.update()


def test_when_all_nodes_are_gone_the_sweep_can_go_on_later(clock: Clock) -> None:
    ray = FakeRay(node(CPU=1))
    workers = Workers(Cluster(ray, Resources()), None, 120.0, lambda text: None)
    ray.known.clear()
    clock.now += LOOK_SECONDS
    assert workers.update() == 0
    clock.now += 121
    with pytest.raises(MachineFailure, match="Ray has 0 CPUs"):
        workers.update()
