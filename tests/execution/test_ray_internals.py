"""What is reached into in Ray is put back, and a Ray that looks different inside works as well."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ray import _raylet
from ray._private import node, parameter, services
from ray.tune.execution import class_cache

from sat_sweep.execution.ray_tune.ray_internals import (
    cluster_table,
    fewer_processes,
    keep_workers,
    let_wait,
    node_seen_at_once,
    spare_no_worker,
    take_back,
    workers_as_they_are,
    workers_held,
)

CONSTANTS = ("DEFAULT_ENV_VARS", "ENV_VARS_TO_PROPAGATE")


def inside() -> list[Any]:
    return [parameter.RayParams, getattr(node.Node, "start_api_server", None),
            *(getattr(class_cache, name, None) for name in CONSTANTS)]


def test_everything_is_put_back() -> None:
    before = inside()
    with fewer_processes(), workers_as_they_are(True):
        assert all(now is not then for now, then in zip(inside(), before, strict=True))
        assert parameter.RayParams().no_monitor is True
        assert parameter.RayParams().include_log_monitor is False
    assert all(now is then for now, then in zip(inside(), before, strict=True))


def test_it_is_put_back_after_an_error_too() -> None:
    before = inside()
    with pytest.raises(KeyError), fewer_processes(), workers_as_they_are(True):
        raise KeyError
    assert all(now is then for now, then in zip(inside(), before, strict=True))


def test_workers_of_a_cluster_get_what_ray_gives_them_but_no_credentials() -> None:
    before = class_cache.DEFAULT_ENV_VARS
    assert "AWS_SECRET_ACCESS_KEY" in class_cache.ENV_VARS_TO_PROPAGATE
    with workers_as_they_are(False):
        assert before == class_cache.DEFAULT_ENV_VARS
        assert not class_cache.ENV_VARS_TO_PROPAGATE


def test_a_ray_without_them_stays_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(node.Node, "start_api_server")
    monkeypatch.setattr(parameter, "RayParams", lambda redis_address=None: None)
    for name in CONSTANTS:
        monkeypatch.delattr(class_cache, name)
    before = inside()
    with fewer_processes(), workers_as_they_are(True):
        assert inside() == before
    assert inside() == before
    assert not hasattr(node.Node, "start_api_server")


def test_a_ray_without_the_modules_works_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ray._private.node", "ray._private.parameter", "ray.tune.execution.class_cache"):
        monkeypatch.setitem(sys.modules, name, None)
    with fewer_processes(), workers_as_they_are(True):
        pass


class Node(str):
    """A node's id, as a client of Ray gives it."""

    def hex(self) -> str:
        return str(self)


def test_a_node_is_asked_for_once_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, asked = [{}, {Node("other"): None}, {Node("other"): None, Node("ours"): None}], []
    client = SimpleNamespace(get_all_node_info=lambda: answers.pop(0))
    monkeypatch.setattr(_raylet, "GcsClient", lambda address: client)
    monkeypatch.setattr(services, "get_node", lambda address, node_id: asked.append(node_id) or len(answers))
    usual = services.get_node
    with node_seen_at_once():
        assert services.get_node("address", "ours") == 0
    assert asked == ["ours"]
    assert services.get_node is usual


def test_a_node_that_cannot_be_looked_for_is_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "get_node", lambda address, node_id: node_id)
    for client in (None, lambda address: SimpleNamespace()):
        monkeypatch.setattr(_raylet, "GcsClient", client)
        with node_seen_at_once():
            assert services.get_node("address", "ours") == "ours"


def test_workers_are_kept_where_ray_allows() -> None:
    asked: list[Any] = []
    cache = SimpleNamespace(increase_max=lambda *given: asked.append(given))
    keep_workers(SimpleNamespace(_tune_controller=SimpleNamespace(_actor_cache=cache)), "resources", 2)
    keep_workers(SimpleNamespace(_actor_cache=cache), "resources", -1)
    keep_workers(SimpleNamespace(_actor_cache=cache), "resources", 0)
    keep_workers(SimpleNamespace(), "resources", 2)  # a Ray that looks different inside
    assert asked == [("resources", 2), ("resources", -1)]


def test_trials_may_wait_where_ray_allows() -> None:
    asked: list[int] = []
    let_wait(SimpleNamespace(_tune_controller=SimpleNamespace(update_max_pending_trials=asked.append)), 3)
    let_wait(SimpleNamespace(), 4)
    assert asked == [3]


def test_workers_that_have_resources_are_counted_where_ray_tells() -> None:
    insides = {"_actor_manager": SimpleNamespace(num_live_actors=4), "_stopping_actors": ["one"]}
    assert workers_held(SimpleNamespace(**insides), otherwise=9) == 3
    assert workers_held(SimpleNamespace(), otherwise=9) == 9


def test_no_worker_is_kept_for_nobody_where_ray_allows() -> None:
    cache = SimpleNamespace(_may_keep_one=True)
    spare_no_worker(SimpleNamespace(_actor_cache=cache))
    assert cache._may_keep_one is False
    other = SimpleNamespace()
    spare_no_worker(SimpleNamespace(_actor_cache=other))
    assert vars(other) == {}


def test_a_trial_is_taken_back_from_a_ray_that_looks_different_inside() -> None:
    stopped: list[Any] = []
    trials = [SimpleNamespace(trial_id=name, status=status, init_local_path=lambda: None)
              for name, status in (("a", "RUNNING"), ("b", "PENDING"))]
    controller = SimpleNamespace(get_trials=lambda: trials, stop_trial=stopped.append)
    for name in ("a", "b", "unknown"):
        take_back(controller, name)
    assert stopped == [trials[1]]


def test_without_a_table_on_its_head_ray_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    table = cluster_table()
    assert table is not None
    assert set(vars(table)) == {"put", "get", "list", "delete"}
    monkeypatch.setitem(sys.modules, "ray.experimental.internal_kv", None)
    assert cluster_table() is None
