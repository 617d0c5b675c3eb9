"""A Ray session that suits us: quiet, without the dashboard, and without an environment per worker."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
}


def prepare_environment() -> None:
    """Set what Ray reads while it is imported; what the user has set stays."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


@contextmanager
def session(address: str | None, workers: int | None) -> Iterator[Any]:
    """A Ray session at `address`, or a local one with `workers` CPUs (all by default); a running one is shared."""
    prepare_environment()
    import ray

    if ray.is_initialized():
        yield ray
        return
    ray.init(address=address or "local", num_cpus=workers if address is None else None, include_dashboard=False,
             log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
    try:
        yield ray
    finally:
        ray.shutdown()
