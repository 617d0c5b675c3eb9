"""A Ray session that suits us: quiet, without the dashboard, without an environment per worker, and soon ready.

Starting Ray is mostly waiting for its processes, and a worker imports torch and Ray Tune for seconds. So its workers
import while they wait for work, and the driver imports what it needs next while it waits for Ray.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sat_sweep.ahead import import_ahead

ENVIRONMENT = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",          # else each worker of a driver under `uv run` builds its own
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",                 # data paths stay what they are
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": str(10**9),        # Ray's own experiment state is never restored
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",            # the runner has its own, which loses nothing
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_worker_niceness": "5",                    # after the driver, but before the MLflow mirror
}
WARM = {
    "RAY_preload_python_modules": "sat_sweep.execution.trainable",
    "RAY_idle_worker_killing_time_threshold_ms": str(10**7),  # those that have imported wait for their first trial
}
"""Ray starts a process for every CPU ahead: this lets them import what trials need, and stay."""


def prepare_environment(*, warm: bool = False) -> None:
    """Set what Ray reads while it is imported or started; what the user has set stays."""
    for name, value in {**ENVIRONMENT, **(WARM if warm else {})}.items():
        os.environ.setdefault(name, value)


class Session:
    """Ray while it runs; `ray` is the module."""

    def __init__(self, ray: Any, *, ours: bool) -> None:
        self.ray = ray
        self._closing = threading.Thread(target=ray.shutdown) if ours else None

    def close(self) -> None:
        """Begin to shut Ray down if this session has started it; there is no need to wait for that."""
        if self._closing is not None and self._closing.ident is None:
            self._closing.start()

    def wait(self) -> None:
        """Shut Ray down, or wait until it is."""
        self.close()
        if self._closing is not None:
            self._closing.join()


@contextmanager
def session(address: str | None, workers: int | None, trials: int = 0) -> Iterator[Session]:
    """A Ray session at `address`, or a local one with `workers` CPUs (all by default); a running one is shared.

    `trials` is how many trials of one CPU and no GPU there are to run side by side: with as many as CPUs or more,
    every worker that Ray starts ahead is sure to get one, and prepares for it.
    """
    prepare_environment(warm=address is None and trials >= (workers or os.cpu_count() or 1))
    import ray

    if ray.is_initialized():
        yield Session(ray, ours=False)
        return
    ahead = import_ahead("sat_sweep.search.conductor", "sat_sweep.search.ledger", "sat_sweep.execution.adapters")
    ray.init(address=address or "local", num_cpus=workers if address is None else None, include_dashboard=False,
             log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
    ahead.join()
    if address is None:
        _take_waiting_workers()
    opened = Session(ray, ours=True)
    try:
        yield opened
    finally:
        opened.wait()


def _take_waiting_workers() -> None:
    """Let Ray Tune use the workers that a local Ray has started ahead.

    It asks for workers with environment variables of its own (a switch for another library, and some of the driver's,
    which workers of this machine inherit anyway), and for those Ray starts further processes. There is no setting for
    it, so this reaches into a module; where a later Ray looks different inside, sweeps start later and nothing else.
    """
    from ray.tune.execution import class_cache

    for name, nothing in (("DEFAULT_ENV_VARS", {}), ("ENV_VARS_TO_PROPAGATE", frozenset())):
        if hasattr(class_cache, name):
            setattr(class_cache, name, nothing)
