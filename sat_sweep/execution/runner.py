"""One Tuner for a whole sweep."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sat_sweep.data import Dataset
from sat_sweep.search.conductor import Conductor

RETRIES = 5
"""How often a trial whose process was lost is started again; it goes on where the trajectory store is."""


def run(ray: Any, conductor: Conductor, dataset: Dataset, trajectories: str | None, tick: Any) -> None:
    """Run jobs on `ray` until the conductor has none left or is told to stop."""
    from ray import tune
    from ray.tune.utils.log import Verbosity

    from sat_sweep.execution.adapters import ConductorScheduler, ConductorSearcher, Desk, Forget

    desk = Desk(conductor, tick)
    storage = tempfile.mkdtemp(prefix="sat-sweep-ray-")
    tuner = tune.Tuner(
        _trainable(conductor, dataset, trajectories),
        tune_config=tune.TuneConfig(
            search_alg=ConductorSearcher(desk), scheduler=ConductorScheduler(desk), num_samples=-1,
            reuse_actors=True, trial_name_creator=_trial_name, trial_dirname_creator=_trial_name,
        ),
        run_config=tune.RunConfig(
            name=conductor.plan.space.name, storage_path=storage, verbose=Verbosity.V0_MINIMAL, callbacks=[Forget()],
            failure_config=tune.FailureConfig(max_failures=RETRIES),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),  # states are in the trajectory store
        ),
    )
    try:
        with _interruptible(conductor):
            tuner.fit()
    finally:
        shutil.rmtree(storage, ignore_errors=True)


def workers(ray: Any, spec_cpus: int, gpus: float) -> int:
    """How many trials the cluster can run at a time."""
    available = ray.cluster_resources()
    by_cpu = int(available.get("CPU", 1) // spec_cpus)
    return max(1, min(by_cpu, int(available.get("GPU", 0) / gpus)) if gpus else by_cpu)


def _trainable(conductor: Conductor, dataset: Dataset, trajectories: str | None) -> Any:
    from ray import tune

    from sat_sweep.execution.shared_data import pack
    from sat_sweep.execution.trainable import TrialRunner

    space = conductor.plan.space
    with_data = tune.with_parameters(TrialRunner, trajectories=trajectories, data=pack(space.dataset, dataset))
    return tune.with_resources(with_data, {"cpu": space.resources.cpus, "gpu": float(space.resources.gpus)})


def _trial_name(trial: Any) -> str:
    return str(trial.config["job"]).replace("/", "_")


@contextmanager
def _interruptible(conductor: Conductor) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets running trials end where they are; nothing is lost, the store has them."""

    def stop(*_: Any) -> None:
        conductor.stopping = True

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


