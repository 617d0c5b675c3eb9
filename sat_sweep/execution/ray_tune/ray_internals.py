"""What Ray has no setting for.

Each function reaches into a module of Ray; where a later one looks different inside, sweeps start later or workers
are started again, and nothing else. What is changed is put back.
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

LOOK_SECONDS = 0.02
NODE_SECONDS = 10.0
"""How long a node is looked for before Ray itself waits for it."""


@contextmanager
def changed(module: str, path: str, value: Any) -> Iterator[None]:
    """`path` in Ray's `module` is `value` meanwhile; nothing happens where Ray has no such thing."""
    try:
        owner: Any = import_module(module)
        *places, name = path.split(".")
        for place in places:
            owner = getattr(owner, place)
        usual = getattr(owner, name)
    except (ImportError, AttributeError):
        yield
        return
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, usual)


@contextmanager
def fewer_processes() -> Iterator[None]:
    """Let a local Ray start without autoscaler, log monitor and what is left of the dashboard when it is switched off.

    All are Python processes that import for half a second or more each while trials wait for a core: one watches a
    cluster that is this machine, one forwards logs that nobody reads, and for the last, which only reports statistics
    of use, Ray waits before it starts anything else.
    """
    with ExitStack() as stack:
        stack.enter_context(changed("ray._private.node", "Node.start_api_server", lambda self, **_: None))
        spared = {"no_monitor": True, "include_log_monitor": False}
        usual = _found("ray._private.parameter", "RayParams")
        if usual is not None and spared.keys() <= inspect.signature(usual).parameters.keys():
            stack.enter_context(changed("ray._private.parameter", "RayParams", partial(usual, **spared)))
        yield


@contextmanager
def node_seen_at_once() -> Iterator[None]:
    """Let a local Ray go on as soon as its node is known.

    Ray looks for it at once, which is too early, and then once a second, while nothing else can start.
    """
    usual, client = _found("ray._private.services", "get_node"), _found("ray._raylet", "GcsClient")

    def get_node(gcs_address: str, node_id: str) -> Any:
        with suppress(Exception):  # a Ray that looks different inside looks for itself
            known, deadline = client(address=gcs_address), time.monotonic() + NODE_SECONDS
            while node_id not in {node.hex() for node in known.get_all_node_info()} and time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
        return usual(gcs_address, node_id)

    with changed("ray._private.services", "get_node", get_node):
        yield


@contextmanager
def on_loopback() -> Iterator[None]:
    """Let a Ray that is started as a node of 127.0.0.1 stay there, so that all of its processes listen on loopback.

    Ray itself would take the address of some network card in its place, and then listen on all of them.
    """
    with changed("ray._private.services", "resolve_ip_for_localhost", lambda address: address):
        yield


def settings_read_again() -> None:
    """Let Ray see variables that were set after it was imported."""
    config = _found("ray._raylet", "Config")
    if config is not None:
        config.initialize("")


def _found(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


@contextmanager
def workers_as_they_are(local: bool) -> Iterator[None]:
    """Let Ray Tune use workers with the environment that their nodes have, also those a `local` Ray has in advance.

    It asks for workers with environment variables of its own: credentials of the driver for object stores, which
    would then stand in Ray's records and logs, though every node has its own; and a switch for another library, for
    which a local Ray would start further processes.
    """
    module = "ray.tune.execution.class_cache"
    with ExitStack() as stack:
        stack.enter_context(changed(module, "ENV_VARS_TO_PROPAGATE", frozenset()))
        if local:
            stack.enter_context(changed(module, "DEFAULT_ENV_VARS", {}))
        yield


def dead_process() -> str:
    """Which process of the local Ray of this one is gone, in words; "" where none is, or none is known."""
    node = getattr(sys.modules.get("ray._private.worker"), "_global_node", None)  # if anybody has imported it
    names = {"gcs_server": "control service", "raylet": "node manager"}
    for kind, processes in dict(getattr(node, "all_processes", {})).items():
        if kind in names and any(known.process.poll() is not None for known in processes):
            return f"Ray's {names[kind]} has died"
    return ""


def keep_workers(tune_controller: Any, resources: Any, further: int) -> None:
    """Let Ray Tune keep so many more idle actors than before, or fewer if it is below 0.

    It keeps one, and ends the others whenever no trial is pending, as at the end of a batch; a new one imports torch
    for seconds.
    """
    idle = getattr(_controller(tune_controller), "_actor_cache", None)
    if further and idle is not None and hasattr(idle, "increase_max"):
        idle.increase_max(resources, further)


def spare_no_worker(tune_controller: Any) -> None:
    """Let Ray Tune end each actor beyond those it is to keep: it would keep one that nobody is waiting for."""
    idle: Any = getattr(_controller(tune_controller), "_actor_cache", None)
    if hasattr(idle, "_may_keep_one"):
        idle._may_keep_one = False


def workers_held(tune_controller: Any, otherwise: int) -> int:
    """How many actors of Ray Tune's have resources, also those that are starting or idle, but not those that end."""
    controller = _controller(tune_controller)
    live = getattr(getattr(controller, "_actor_manager", None), "num_live_actors", None)
    return otherwise if live is None else max(0, live - len(getattr(controller, "_stopping_actors", ())))


def take_back(tune_controller: Any, trial_id: str) -> None:
    """Let Ray Tune forget a trial that has not started, and what it has asked for; nothing where it is about to."""
    controller = _controller(tune_controller)
    trial = _trial(controller, trial_id)
    if trial is None or trial.status != "PENDING" or trial in getattr(controller, "_resetting_trials", ()):
        return
    trial.init_local_path()  # in the end Ray Tune names the folder of every trial, also of one that it never began
    controller.stop_trial(trial)
    if trial in getattr(controller, "_staged_trials", ()):  # Ray Tune forgets this, and would keep an actor for it
        controller._unstage_trial_with_resources(trial)


def kill_worker(tune_controller: Any, trial_id: str) -> None:
    """Have Ray kill the process that has a trial, whatever state that is in; Ray Tune then hears that it was lost."""
    import ray

    with suppress(AttributeError, KeyError):  # it has just been lost, or this Ray looks different inside
        controller = _controller(tune_controller)
        manager, tracked = controller._actor_manager, controller._trial_to_actor[_trial(controller, trial_id)]
        ray.kill(manager._live_actors_to_ray_actors_resources[tracked][0])


def _trial(controller: Any, trial_id: str) -> Any | None:
    return next((trial for trial in controller.get_trials() if trial.trial_id == trial_id), None)


def cluster_table() -> Any | None:
    """The table of keys and values on the head of the cluster that this process is connected to, None without one."""
    names = {"put": "put", "get": "get", "list": "list", "delete": "del"}
    found = {ours: _found("ray.experimental.internal_kv", f"_internal_kv_{theirs}") for ours, theirs in names.items()}
    return SimpleNamespace(**found) if all(found.values()) else None


def let_wait(tune_controller: Any, trials: int) -> None:
    """Let Ray Tune ask for the resources of so many trials in advance: that is what an autoscaler goes by."""
    controller = _controller(tune_controller)
    if hasattr(controller, "update_max_pending_trials"):
        controller.update_max_pending_trials(trials)


def _controller(given: Any) -> Any:
    """Ray Tune's own controller, which a scheduler is given in a wrapper."""
    return getattr(given, "_tune_controller", given)
