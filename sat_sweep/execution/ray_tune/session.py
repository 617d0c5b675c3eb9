"""A Ray session that suits us: quiet, without the dashboard, without an environment per worker, and soon ready.

Starting Ray is mostly waiting for its processes, and everybody imports torch for seconds. So a local Ray is started in
the background as soon as a command may need it, its workers import while they wait for work, and the driver imports
what it needs next while it waits for Ray.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from sat_sweep.imports.ahead import import_ahead
from sat_sweep.imports.collector import no_collection

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
    "RAY_raylet_client_connect_timeout_milliseconds": "50",  # Ray's own processes look for each other once a second,
    "RAY_raylet_client_num_connect_attempts": "200",         # ten times; now as long, but more often
}
WARM = {
    "RAY_preload_python_modules": "sat_sweep.execution.ray_tune.preload",
    "RAY_idle_worker_killing_time_threshold_ms": str(10**7),  # those that have imported wait for their first trial
}
"""Ray starts a process for every CPU ahead: this lets them import what trials need, and stay."""


QUIET = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": True}


def prepare_environment(*, warm: bool = False) -> None:
    """Set what Ray reads while it is imported or started; what the user has set stays."""
    for name, value in {**ENVIRONMENT, **(WARM if warm else {})}.items():
        os.environ.setdefault(name, value)


class Session:
    """Ray while it runs; `ray` is the module."""

    def __init__(self, ray: Any, *, ours: bool) -> None:
        self.ray = ray
        self._closing = threading.Thread(target=_shut_down, args=[ray]) if ours else None

    def close(self) -> None:
        """Begin to shut Ray down if this session has started it; there is no need to wait for that."""
        if self._closing is not None and self._closing.ident is None:
            self._closing.start()

    def wait(self) -> None:
        """Shut Ray down, or wait until it is."""
        self.close()
        if self._closing is not None:
            self._closing.join()


def _shut_down(ray: Any) -> None:
    """Nothing is collected meanwhile: a reference that goes in another thread while Ray goes ends the process."""
    with no_collection():
        ray.shutdown()


@contextmanager
def local_ray_ahead(workers: int | None, trials: int) -> Iterator[None]:
    """Meanwhile a local Ray is being started for the next `session`; where none takes it, it is shut down again.

    `trials` is as there; without any nothing is started.
    """
    if trials == 0 or _running():
        yield
        return
    _begun.append(_begin(workers, trials))
    try:
        yield
    finally:
        while _begun:
            _abandon(_begun.pop())


_begun: list[Future[Any]] = []
"""The Ray that is being started ahead, if any."""

_leaving: list[threading.Thread] = []
"""Those that end a Ray which nobody took. A process holds one Ray at a time: with two, it dies without a word."""


@contextmanager
def session(address: str | None, workers: int | None, trials: int = 0) -> Iterator[Session]:
    """A Ray session at `address`, or a local one with `workers` CPUs (all by default); a running one is shared.

    `trials` is how many trials of one CPU and no GPU there are to run side by side: with as many as CPUs or more,
    every worker that Ray starts ahead is sure to get one, and prepares for it.
    """
    from sat_sweep.execution.ray_tune.ray_internals import take_waiting_workers

    if _running():
        yield Session(sys.modules["ray"], ours=False)
        return
    starting = _begun.pop() if _begun and address is None else _begin(workers, trials, address)
    ahead = import_ahead("sat_sweep.search.conductor", "sat_sweep.search.study_storage",
                         "sat_sweep.execution.ray_tune.bridge")
    opened = Session(starting.result(), ours=True)
    try:
        ahead.join()
        if address is None:
            take_waiting_workers()
        yield opened
    finally:
        opened.wait()


def _running() -> bool:
    _wait_for_the_leaving()
    return not _begun and "ray" in sys.modules and sys.modules["ray"].is_initialized()


def _begin(workers: int | None, trials: int, address: str | None = None) -> Future[Any]:
    """Start Ray in a thread; the future is its module.

    Ray is imported before the caller goes on to import something else: imports do not run side by side.
    """
    prepare_environment(warm=address is None and trials >= (workers or os.cpu_count() or 1))
    import ray  # noqa: F401

    sys.setswitchinterval(5e-4)  # Ray waits for something all the time, and must not wait for its turn as well
    starting: Future[Any] = Future()

    def work() -> None:
        try:
            starting.set_result(_connect(address) if address else _start(workers))
        except BaseException as error:
            starting.set_exception(error)
        threading.Event().wait()  # for ever: Ray's processes end with the thread that has started them

    threading.Thread(target=work, name="ray", daemon=True).start()
    return starting


def _connect(address: str) -> Any:
    import ray

    ray.init(address=address, **QUIET)
    return ray


def _start(workers: int | None) -> Any:
    import ray

    from sat_sweep.execution.ray_tune.ray_internals import fewer_processes

    with fewer_processes():
        ray.init(address="local", num_cpus=workers, **QUIET)
    return ray


def _abandon(starting: Future[Any]) -> None:
    """Shut Ray down once it is up, without keeping anybody waiting but the end of the process."""

    def close() -> None:
        with suppress(Exception):  # it was not needed anyway
            _shut_down(starting.result())

    _leaving.append(threading.Thread(target=close))
    _leaving[-1].start()
    atexit.register(_wait_for_the_leaving)  # now, so that it comes before what Ray does at the end


def _wait_for_the_leaving() -> None:
    while _leaving:
        _leaving.pop().join()
