"""Ray Tune: one Tuner for a whole sweep."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from sat_sweep.execution.ray_tune.scratch import scratch_folder
from sat_sweep.execution.ray_tune.session import Session, broken_told
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.execution.ray_tune.visibility import check_home, witness
from sat_sweep.execution.ray_tune.workers import Workers
from sat_sweep.imports.collector import no_collection

if TYPE_CHECKING:
    from sat_sweep.config.plan import Plan
    from sat_sweep.config.resources import Resources
    from sat_sweep.data import DataCache
    from sat_sweep.execution.ray_tune.cluster import Cluster
    from sat_sweep.execution.ray_tune.quota import Quota
    from sat_sweep.execution.stores import StorePlaces
    from sat_sweep.search.queue import JobQueue


class RayTuneBackend:
    """Trials on the Ray cluster at `address`, or on a local Ray with `cpus` CPUs (all by default); see Backend."""

    def __init__(self, address: str | None = None, cpus: int | None = None) -> None:
        self._session, self._local, self._left = Session(address, cpus), address is None, False

    def prepare(self, plan: Plan) -> None:
        """Begin to start Ray; its workers import torch meanwhile if every one of them is sure to get a trial.

        Raises UserError if a cluster cannot be reached, or not without a token.
        """
        resources = plan.space.resources
        small = resources.cpus == 1 and not resources.gpus
        self._session.begin(plan.side_by_side if small else 0)
        if not self._local:
            check_home(self._session.ray, plan.space.storage.home)  # before anything is written

    def run(self, queue: JobQueue, data: DataCache, places: StorePlaces) -> None:
        """Run jobs on all workers that the resources of a trial allow.

        Raises UserError if that is none: a cluster is given time to bring a node, and later MachineFailure if all of
        its nodes have gone.
        """
        self.prepare(queue.plan)
        from sat_sweep.execution.ray_tune.ray_internals import workers_as_they_are

        logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # a lost worker is our business, no page of traceback
        with scratch_folder() as scratch, workers_as_they_are(self._local), ExitStack() as ending:
            with no_collection():  # Ray Tune is imported in here
                tuner = _tuner(self._session.ray, self._local, queue, data, places, scratch,
                               lambda: self._left, ending)
            with broken_told(self._session):
                tuner.fit()

    def leave(self) -> None:
        """Ray Tune's loop takes notice in a tenth of a second; in Ray's own code nothing may be raised."""
        self._left = True

    def broken(self) -> str:
        """Whether a Ray that this has started has lost one of its own processes."""
        return self._session.broken()

    def close(self) -> None:
        """Begin to shut Ray down if this has started it."""
        self._session.close()


def _tuner(ray: Any, local: bool, queue: JobQueue, data: DataCache, places: StorePlaces, scratch: str,
           is_left: Callable[[], bool], ending: ExitStack) -> Any:
    from ray import tune

    from sat_sweep.execution.ray_tune.bridge import QueueSearcher, TuneBridge
    from sat_sweep.execution.ray_tune.cluster import Cluster
    from sat_sweep.execution.ray_tune.scheduler import QueueScheduler, pending
    from sat_sweep.execution.ray_tune.shared_data import pack

    packed = pack(data)
    resources = trial_resources(ray, queue, packed)
    cluster = Cluster(ray, resources)
    patience = None if local else 60 * resources.patience
    workers = Workers(cluster, resources.max_concurrent, patience, queue.on_notice)
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(pending(workers.count, queue.plan))  # else they start one by one
    quota = _quota(local, queue, cluster, workers, resumable=places.trajectories is not None)
    ending.callback(quota.close)
    bridge = TuneBridge(queue, StartupBarrier(workers.count), cluster, quota, resources.max_concurrent)
    shared = cluster.request(shared=True)
    tune_config = tune.TuneConfig(
        search_alg=QueueSearcher(bridge), scheduler=QueueScheduler(bridge, workers, quota, shared), num_samples=-1,
        reuse_actors=True, trial_name_creator=_trial_name, trial_dirname_creator=_trial_name)
    given = {"places": places, "witness": witness(queue.home), "data": packed}
    trainable = _trainable(shared, cluster.request(shared=False), given)
    run_config = _run_config(queue.plan.space.name, scratch, is_left)
    return tune.Tuner(trainable, tune_config=tune_config, run_config=run_config)


def _run_config(name: str, scratch: str, is_left: Callable[[], bool]) -> Any:
    from ray import tune
    from ray.tune.utils.log import Verbosity

    from sat_sweep.execution.ray_tune.bridge import LeaveStopper

    return tune.RunConfig(
        name=name, storage_path=scratch, verbose=Verbosity.V0_MINIMAL, stop=LeaveStopper(is_left),
        checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False))  # states are in the trajectory store


def _quota(local: bool, queue: JobQueue, cluster: Cluster, workers: Workers, *, resumable: bool) -> Quota:
    """The sweep's part of the cluster; a Ray that is this machine alone is all its own."""
    from sat_sweep.execution.ray_tune.claims import Claims
    from sat_sweep.execution.ray_tune.quota import Quota
    from sat_sweep.execution.ray_tune.ray_internals import cluster_table
    from sat_sweep.settings import digest

    table, record = (None, None) if local else (cluster_table(), queue.home.describe())
    name = digest([queue.home.name, record.created if record else 0.0])[:16]
    claim = cluster.claim(name, queue.plan.space.resources.weight)
    most = queue.plan.space.resources.max_concurrent or math.inf
    quota = Quota(cluster, Claims(table) if table else None, claim, lambda: queue.could_run(min(workers.room, most)),
                  resumable=resumable)
    quota.update(holds=0)  # before anything is asked for
    return quota


def trial_resources(ray: Any, queue: JobQueue, data: Any) -> Resources:
    """The resources of a trial, with `gpus: auto` measured and written down."""
    plan, resources = queue.plan, queue.plan.space.resources
    if resources.gpus != "auto":
        return resources
    from sat_sweep.execution.ray_tune.packing import trials_per_gpu

    count = trials_per_gpu(ray, plan.studies[0].typical_spec(), data, resources.cpus)
    queue.home.update(trials_per_gpu=count)
    if queue.budget is not None:
        queue.budget.gpus = 1 / count
    return resources.model_copy(update={"gpus": 1 / count})


def _trainable(shared: Any, alone: Any, given: dict[str, Any]) -> Any:
    from ray import tune

    from sat_sweep.execution.ray_tune.trainable import TrialRunner, request

    return tune.with_resources(tune.with_parameters(TrialRunner, **given), partial(request, shared, alone))


def _trial_name(trial: Any) -> str:
    return str(trial.config["job"]).replace("/", "_")
