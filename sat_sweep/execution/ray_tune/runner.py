"""One Tuner for a whole sweep."""

from __future__ import annotations

import logging
import math
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sat_sweep.config.space import Resources
from sat_sweep.data import DataCache
from sat_sweep.errors import UserError
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.search.conductor import Conductor

INTERRUPTED = 3
"""Exit status of an interrupted sweep that can be resumed."""
PATIENCE = 30.0


def run(ray: Any, conductor: Conductor, data: DataCache, trajectories: str | None, tick: Any) -> None:
    """Run jobs on `ray` until the conductor has none left or is told to stop."""
    from sat_sweep.execution.ray_tune.ray_internals import trainables_at_hand

    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # a lost worker is our business, not a page of traceback
    scratch = tempfile.mkdtemp(prefix="sat-sweep-ray-")
    try:
        with _interruptible(conductor), trainables_at_hand():
            _tuner(ray, conductor, data, trajectories, tick, scratch).fit()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _tuner(ray: Any, conductor: Conductor, data: DataCache, trajectories: str | None, tick: Any, scratch: str) -> Any:
    from ray import tune
    from ray.tune.utils.log import Verbosity

    from sat_sweep.execution.ray_tune.bridge import RETRIES, QueueScheduler, QueueSearcher, TuneBridge
    from sat_sweep.execution.ray_tune.shared_data import pack

    space = conductor.plan.space
    packed = pack(data)
    resources = settled(ray, conductor, packed)
    count = workers(ray, resources)
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(count)  # else workers are started one after the other
    desk = TuneBridge(conductor, StartupBarrier(count), tick)
    tune_config = tune.TuneConfig(
        search_alg=QueueSearcher(desk), scheduler=QueueScheduler(desk, count), num_samples=-1,
        reuse_actors=True, trial_name_creator=_trial_name, trial_dirname_creator=_trial_name)
    run_config = tune.RunConfig(
        name=space.name, storage_path=scratch, verbose=Verbosity.V0_MINIMAL,
        failure_config=tune.FailureConfig(max_failures=RETRIES),
        checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False))  # states are in the trajectory store
    trainable = _trainable(resources, packed, trajectories)
    return tune.Tuner(trainable, tune_config=tune_config, run_config=run_config)


def settled(ray: Any, conductor: Conductor, data: Any) -> Resources:
    """The resources of a trial, with `gpus: auto` measured and written down."""
    plan, resources = conductor.plan, conductor.plan.space.resources
    if resources.gpus != "auto":
        return resources
    from sat_sweep.execution.ray_tune.packing import trials_per_gpu

    count = trials_per_gpu(ray, plan.studies[0].typical_spec(), data, resources.cpus)
    conductor.home.update(trials_per_gpu=count)
    return resources.model_copy(update={"gpus": 1 / count})


def workers(ray: Any, resources: Resources) -> int:
    """How many trials the cluster can run at a time; raises UserError if it is none."""
    available = ray.cluster_resources()
    cpus, gpus = available.get("CPU", 0), available.get("GPU", 0)
    asked = float(resources.gpus)
    count = int(min(cpus // resources.cpus, gpus / asked if asked else math.inf))
    if count < 1:
        raise UserError(f"a trial asks for {resources.cpus} CPUs and {asked:g} GPUs (`resources:`), "
                        f"and Ray has {cpus:g} CPUs and {gpus:g} GPUs")
    return count


def _trainable(resources: Resources, data: Any, trajectories: str | None) -> Any:
    from ray import tune

    from sat_sweep.execution.ray_tune.trainable import TrialRunner

    with_data = tune.with_parameters(TrialRunner, trajectories=trajectories, data=data)
    return tune.with_resources(with_data, {"cpu": resources.cpus, "gpu": resources.gpus})


def _trial_name(trial: Any) -> str:
    return str(trial.config["job"]).replace("/", "_")


@contextmanager
def _interruptible(conductor: Conductor) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets running trials end where they are; nothing is lost, the store has them.

    The second one, or half a minute without an end (Ray itself may have been killed with us), ends the process.
    """

    def stop(*_: Any) -> None:
        if conductor.stopping:
            os._exit(INTERRUPTED)
        conductor.stopping = True
        impatient = threading.Timer(PATIENCE, os._exit, [INTERRUPTED])
        impatient.daemon = True
        impatient.start()
        timers.append(impatient)

    timers: list[threading.Timer] = []

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        for timer in timers:
            timer.cancel()


