"""How many trials share a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from sat_sweep.config.resources import Resources
from sat_sweep.data import DataCache, load
from sat_sweep.execution.ray_tune.backend import trial_resources
from sat_sweep.execution.ray_tune.packing import Load, best_count, measure_side_by_side, trials_per_gpu
from sat_sweep.execution.ray_tune.session import Session
from sat_sweep.execution.ray_tune.shared_data import pack


def gpu(*speeds: float, memory: float = 0.05) -> Any:
    """Images per second of 1, 2, 4, … trials measure_side_by_side, each of which takes `memory`."""
    def measure(count: int) -> Load | None:
        asked.append(count)
        step = count.bit_length() - 1
        return Load(speeds[step], memory * count) if step < len(speeds) else None

    asked: list[int] = []
    measure.asked = asked  # type: ignore[attr-defined]
    return measure


def test_trials_are_doubled_as_long_as_that_pays() -> None:
    measure = gpu(1000, 1900, 3000, 3100, 9999)
    assert best_count(measure, 16) == 4
    assert measure.asked == [1, 2, 4, 8]


def test_memory_is_never_asked_for_more_than_there_is() -> None:
    measure = gpu(1000, 2000, 4000, 8000, memory=0.2)
    assert best_count(measure, 16) == 4
    assert 8 not in measure.asked


def test_what_does_not_fit_after_all_is_not_taken() -> None:
    assert best_count(gpu(1000, 2000), 16) == 2


def test_there_are_no_more_than_may_be() -> None:
    assert best_count(gpu(1000, 2000, 4000), 3) == 2
    assert best_count(gpu(1000, 2000, 4000), 1) == 1


def test_without_a_gpu_nothing_is_measured(trial: Any) -> None:
    ray = SimpleNamespace(cluster_resources=lambda: {"CPU": 2.0})
    assert trials_per_gpu(ray, trial(), None, 1) == 1


def data_of(spec: Any) -> DataCache:
    return DataCache({spec.dataset.digest(): load(spec.dataset)})


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    opened = Session(None, 2)
    yield opened.ray
    opened.wait()


@pytest.mark.slow
def test_trials_are_measured_side_by_side_on_ray(ray: Any, trial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sat_sweep.execution.ray_tune.packing.SECONDS", 0.5)
    spec = trial("sat", epochs=2)
    data = ray.put(pack(data_of(spec)))
    both = measure_side_by_side(ray, spec, data, 2, cpus=1, gpus=0)
    assert both is not None
    assert both.images_per_second > 100


@pytest.mark.slow
def test_a_trial_that_breaks_down_does_not_fit(ray: Any, trial: Any) -> None:
    spec = trial("sat", epochs=2)
    data = ray.put(pack(data_of(spec)))
    assert measure_side_by_side(ray, spec.model_copy(update={"device": "meta"}), data, 1, cpus=1, gpus=0) is None


def asking(cpus: int = 1, gpus: float | str = 0.0) -> Any:
    resources = Resources.model_validate({"cpus": cpus, "gpus": gpus})
    study = SimpleNamespace(typical_spec=lambda: None)
    plan = SimpleNamespace(space=SimpleNamespace(resources=resources), studies=[study])
    return SimpleNamespace(plan=plan, budget=None, home=SimpleNamespace(update=lambda **_: None))


def test_auto_becomes_the_measured_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sat_sweep.execution.ray_tune.packing.trials_per_gpu", lambda *_: 4)
    assert trial_resources(None, asking(gpus="auto"), None).gpus == 0.25
    assert trial_resources(None, asking(gpus=0.5), None).gpus == 0.5
