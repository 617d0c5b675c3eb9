"""What Ray has no setting for.

Each function reaches into a module of Ray; where a later one looks different inside, sweeps start later or workers
are started again, and nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any


@contextmanager
def fewer_processes() -> Iterator[None]:
    """Let a local Ray start without autoscaler, log monitor and what is left of the dashboard when it is switched off.

    All are Python processes that import for half a second or more each while trials wait for a core: one watches a
    cluster that is this machine, one forwards logs that nobody reads, and for the last, which only reports statistics
    of use, Ray waits before it starts anything else.
    """
    from ray._private import node, parameter

    usual, spared = parameter.RayParams, {"no_monitor": True, "include_log_monitor": False}
    start_dashboard = getattr(node.Node, "start_api_server", None)
    if spared.keys() <= inspect.signature(usual).parameters.keys():
        parameter.RayParams = partial(usual, **spared)
    node.Node.start_api_server = lambda self, **_: None
    try:
        yield
    finally:
        parameter.RayParams, node.Node.start_api_server = usual, start_dashboard


def take_waiting_workers() -> None:
    """Let Ray Tune use the workers that a local Ray has started ahead.

    It asks for workers with environment variables of its own (a switch for another library, and some of the driver's,
    which workers of this machine inherit anyway), and for those Ray starts further processes.
    """
    from ray.tune.execution import class_cache

    for name, nothing in (("DEFAULT_ENV_VARS", {}), ("ENV_VARS_TO_PROPAGATE", frozenset())):
        if hasattr(class_cache, name):
            setattr(class_cache, name, nothing)


def keep_workers(tune_controller: Any, resources: Any, count: int) -> None:
    """Let Ray Tune keep `count` idle actors.

    It keeps one, and ends the others whenever no trial is pending, as at the end of a batch; a new one imports torch
    for seconds.
    """
    controller = getattr(tune_controller, "_tune_controller", tune_controller)
    idle = getattr(controller, "_actor_cache", None)
    if idle is not None and hasattr(idle, "increase_max"):
        idle.increase_max(resources, count)


@contextmanager
def trainables_at_hand() -> Iterator[None]:
    """Let Ray Tune remember the trainable, for which it otherwise asks Ray's server five times per trial.

    That takes 2 ms each while a worker waits for its next trial.
    """
    from ray.tune import registry

    known: Any = getattr(registry, "_global_registry", None)
    if not (hasattr(known, "contains") and hasattr(known, "get")):
        yield
        return
    contains, get = known.contains, cache(known.get)
    seen: set[tuple[str, str]] = set()

    def contains_or_seen(category: str, key: str) -> bool:
        if (category, key) not in seen and contains(category, key):
            seen.add((category, key))
        return (category, key) in seen

    known.contains, known.get = contains_or_seen, get
    try:
        yield
    finally:
        del known.contains, known.get
