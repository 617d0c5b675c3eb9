"""A Ray session that suits us: quiet, closed to others, without dashboard and environments of workers, and soon ready.

Starting Ray is mostly waiting for its processes, and everybody imports torch for seconds. So a local Ray is started in
the background as soon as it is sure to be needed, and its workers import while they wait for work.
"""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401, see Session.begin
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.execution.ray_tune.ray_internals import dead_process
from sat_sweep.execution.ray_tune.scratch import mark_sessions
from sat_sweep.imports.collector import no_collection

ENVIRONMENT = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",          # else each worker of a driver under `uv run` builds its own
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",                 # data paths stay what they are
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": str(10**9),        # Ray's own experiment state is never restored
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",            # the driver has its own, which loses nothing
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_worker_niceness": "5",                    # after the driver, but before the MLflow mirror
    "RAY_raylet_client_connect_timeout_milliseconds": "50",  # Ray's own processes look for each other once a second,
    "RAY_raylet_client_num_connect_attempts": "200",         # ten times; now as long, but more often
}
WARM = {
    "RAY_preload_python_modules": "sat_sweep.execution.ray_tune.preload",
    "RAY_idle_worker_killing_time_threshold_ms": str(10**7),  # those that have imported wait for their first trial
}
"""Ray starts a process for every CPU in advance: this lets them import what trials need, and stay."""

RUNNING_ALREADY = {"RAY_NUM_REDIS_GET_RETRIES": "1"}
"""A cluster that is said to run is asked once; Ray asks twenty times, for up to a quarter of an hour."""
LOOPBACK = "127.0.0.1"
KNOCK_SECONDS = 10.0
"""How long its address may take to answer at all."""

QUIET = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": True}
END_SECONDS = 30.0
"""How long Ray may take to end, before the process ends without it."""


def prepare_environment(further: Mapping[str, str]) -> None:
    """Set what Ray reads while it is imported or started; what the user has set stays."""
    for name, value in {**ENVIRONMENT, **further}.items():
        os.environ.setdefault(name, value)


class Session:
    """Ray at `address`, or a local one with `workers` CPUs (all by default); one that runs already is shared.

    Whatever happens after `begin`, `close` ends it, also one that is still starting.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        self._address, self._workers = address, workers
        self._starting: Future[Any] | None = None
        self._ending: threading.Thread | None = None
        self._ours = True

    def begin(self, trials: int = 0) -> None:
        """Begin to start Ray, in a thread; a second call does nothing.

        `trials` is how many trials of one CPU and no GPU there are to run side by side: with as many as CPUs or
        more, every worker that Ray starts in advance is sure to get one, and prepares for it. Ray itself is imported
        here, before the caller goes on to import something else: imports do not run side by side. For the same reason
        this module imports what hooks into forks: Ray forks in its thread, and a hook that is first registered
        between the two ends of a fork releases a lock that nobody holds.
        """
        if self._starting is not None:
            return
        _wait_for_the_leaving()
        warm = WARM if trials >= (self._workers or os.cpu_count() or 1) else {}
        prepare_environment(RUNNING_ALREADY if self._address else warm)
        import ray

        self._starting, self._ours = Future(), not ray.is_initialized()
        if not self._ours:
            self._starting.set_result(ray)
            return
        threading.Thread(target=self._start, args=[self._starting], name="ray", daemon=True).start()

    def _start(self, starting: Future[Any]) -> None:
        try:
            starting.set_result(_connect(self._address) if self._address else _start_local(self._workers))
        except BaseException as error:
            starting.set_exception(error)
        threading.Event().wait()  # for ever: Ray's processes end with the thread that has started them

    @property
    def ray(self) -> Any:
        """The module, once Ray runs; raises UserError if a cluster cannot be reached or does not let us in."""
        self.begin()
        assert self._starting is not None
        ray = self._starting.result()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):  # Ray has put handlers before Python's, to print its stack
                signal.signal(number, signal.getsignal(number))
        return ray

    def broken(self) -> str:
        """Which process of a Ray that this session has started is gone, in words; "" for none, and for other Rays."""
        if self._starting is None or not self._ours or self._address is not None or self._ending is not None:
            return ""
        if not self._starting.done():
            mark_sessions()  # one that never comes up is ours too
        return dead_process()

    def close(self) -> None:
        """Begin to shut Ray down if this session has started it; there is no need to wait for that."""
        if self._starting is not None and self._ours and self._ending is None:
            self._ending = threading.Thread(target=_shut_down, args=[self._starting], daemon=True)
            _leaving.append(self._ending)
            atexit.register(_wait_for_the_leaving)  # now, so that it comes before what Ray does at the end
            self._ending.start()

    def wait(self) -> None:
        """Shut Ray down, or wait until it is."""
        self.close()
        _wait_for_the_leaving()


def _connect(address: str) -> Any:
    import ray

    try:
        if address != "auto":
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), KNOCK_SECONDS).close()
        ray.init(address=address, **QUIET)
    except Exception as error:
        raise UserError(_refusal(address, error)) from error
    return ray


def _refusal(address: str, error: Exception) -> str:
    """In a sentence why the cluster at `address` cannot be used, and what to do about it."""
    reasons: list[BaseException] = [error]
    while (reason := reasons[-1].__cause__ or reasons[-1].__context__) is not None:
        reasons.append(reason)
    if any("AuthToken" in str(reason) or "AuthenticationError" in str(reason) for reason in reasons):
        return (f"the Ray cluster at {address} wants the token that it was started with: set RAY_AUTH_MODE=token, and "
                "RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH")
    return f"no Ray cluster can be reached at {address}: {str(error).splitlines()[0]}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _start_local(workers: int | None) -> Any:
    import ray

    from sat_sweep.execution.ray_tune.closed import demand_token, private_folder
    from sat_sweep.execution.ray_tune.ray_internals import fewer_processes, node_seen_at_once, on_loopback

    demand_token()
    with fewer_processes(), node_seen_at_once(), on_loopback():
        try:
            ray.init(address="local", num_cpus=workers, _node_ip_address=LOOPBACK, _temp_dir=private_folder(), **QUIET)
        except Exception as error:  # a full disk, a limit on processes, one of Ray's that was killed
            raise MachineFailure(f"Ray cannot be started on this machine: {_first_line(error)}") from error
        finally:
            mark_sessions()
    return ray


@contextmanager
def broken_told(session: Session) -> Iterator[None]:
    """Whatever Ray raises meanwhile is raised as MachineFailure where its session is broken."""
    try:
        yield
    except Exception as error:
        if reason := session.broken():
            raise MachineFailure(reason) from error
        raise


def _shut_down(starting: Future[Any]) -> None:
    """Once Ray is up. Nothing is collected meanwhile: a reference that goes in another thread ends the process."""
    with suppress(Exception):  # it was not needed anyway
        ray = starting.result()
        with no_collection():
            ray.shutdown()


_leaving: list[threading.Thread] = []
"""Those that end a Ray. A process holds one Ray at a time: with two, it dies without a word."""


def _wait_for_the_leaving() -> None:
    while _leaving:
        _leaving.pop().join(END_SECONDS)
