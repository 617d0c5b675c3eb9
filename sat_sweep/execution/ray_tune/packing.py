"""`gpus: auto`: how many trials share a GPU, found by letting 1, 2, 4, … of them train side by side for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sat_sweep.execution.ray_tune.shared_data import unpack
from sat_sweep.training.probe import Load, Probe
from sat_sweep.training.spec import TrialSpec

SECONDS = 5.0
"""How long each number of trials is measured."""
GAIN = 1.1
"""Twice as many trials must be this much faster together: each waits longer for its own end."""
FULL = 0.9
"""Share of the memory that trials may use."""
MOST = 16

Measure = Callable[[int], Load | None]
"""The load of so many trials measure_side_by_side, None where they do not fit."""


def best_count(measure: Measure, most: int) -> int:
    """How many trials, a power of two up to `most`, use the device best."""
    count, load = 1, measure(1)
    while load is not None and 2 * count <= most and 2 * load.memory <= FULL:
        doubled = measure(2 * count)
        if doubled is None or doubled.images_per_second < GAIN * load.images_per_second:
            break
        count, load = 2 * count, doubled
    return count


def trials_per_gpu(ray: Any, spec: TrialSpec, data: Any, cpus: int) -> int:
    """How many trials like `spec` should share a GPU of this cluster, each with `cpus` CPUs."""
    available = ray.cluster_resources()
    gpus = int(available.get("GPU", 0))
    if not gpus:
        return 1
    reference = ray.put(data)
    most = min(MOST, max(1, int(available["CPU"] / gpus // cpus)))
    return best_count(lambda count: measure_side_by_side(ray, spec, reference, count, cpus=cpus, gpus=1 / count), most)


def measure_side_by_side(ray: Any, spec: TrialSpec, data: Any, count: int, *, cpus: int, gpus: float) -> Load | None:
    """`count` trials like `spec` measured at the same time, each with `cpus` CPUs and so much of a GPU."""
    prober = ray.remote(num_cpus=cpus, num_gpus=gpus)(Prober)
    probers = [prober.remote(spec.model_dump_json(), data) for _ in range(count)]
    try:
        ray.get([each.train.remote(0.0) for each in probers])  # all have warmed up before the clock starts
        loads = ray.get([each.train.remote(SECONDS) for each in probers])
    except ray.exceptions.RayError:  # most likely out of memory
        return None
    finally:
        for each in probers:
            ray.kill(each)
    return Load(sum(load.images_per_second for load in loads), max(load.memory for load in loads))


class Prober:
    """A `Probe` in a process of its own."""

    def __init__(self, spec: str, data: Any) -> None:
        trial = TrialSpec.model_validate_json(spec)
        self._probe = Probe(trial, unpack(data).get(trial.dataset))

    def train(self, seconds: float) -> Load:
        """As the probe's."""
        return self._probe.train(seconds)
