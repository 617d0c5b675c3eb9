"""What every registered method must do, also one that is added tomorrow."""

import json

import pytest
import torch

from sat_sweep.home.files import open_folder
from sat_sweep.methods import Objective, parse, registry
from sat_sweep.methods.parameters import Length, Range, resolved
from sat_sweep.training import TrajectoryStore, epochs
from sat_sweep.training.loop import Trial
from tests.conftest import numbers

OBJECTIVES = [name for name in registry if issubclass(registry[name], Objective)]
DYNAMICS = [name for name in registry if name not in OBJECTIVES]
METHODS = OBJECTIVES + [f"{objective}+{name}" for name in DYNAMICS for objective in ("ce", "sat")]
LENGTH = Length(epochs=40, steps_per_epoch=20)
EARLY = {"reset.patience": 1, "reset.rate": 0.1, "sat.start_epoch": 3, "sat_sce.start_epoch": 3}
"""Settings under which methods act within a few epochs; methods without an entry act as they are."""


def early(method: str) -> dict:
    parts = [part.name for part in parse(method)]
    return {key: value for key, value in EARLY.items() if key.split(".")[0] in parts}


@pytest.fixture
def store(tmp_path):
    return TrajectoryStore(open_folder(tmp_path / "trajectories"))


@pytest.mark.parametrize("name", list(registry))
def test_contract(name):
    cls = registry[name]
    assert cls.name == name
    assert cls.paper
    assert cls.__doc__
    for field, search in cls.Parameters.search_ranges().items():
        assert field in cls.Parameters.model_fields
        assert search is not None
    assert all(field.description for field in cls.Parameters.model_fields.values())
    assert cls.Parameters.resolve({}, LENGTH)


@pytest.mark.parametrize("name", list(registry))
def test_search_ranges_lie_within_validity(name):
    cls = registry[name]
    for field, search in cls.Parameters.search_ranges().items():
        ends = (search.low, search.high) if isinstance(search, Range) else search.values
        for end in ends:
            cls.Parameters.resolve({field: resolved(end, LENGTH)}, LENGTH)


@pytest.mark.parametrize("method", METHODS)
def test_learns_a_toy(trial, method):
    *_, last = epochs(trial(method, epochs=15, rate=0.0, training={"optimizer": {"name": "sgd", "lr": 0.3}}))
    assert last.metrics["test/accuracy"] > 0.7


@pytest.mark.parametrize("method", METHODS)
def test_sharing_changes_nothing(trial, method, store, monkeypatch):
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda self, seconds, base, branch: branch)
    spec = trial(method, epochs=8, **early(method))
    alone = list(epochs(spec))
    list(epochs(trial("ce", epochs=8), store, followers=[spec]))
    shared = list(epochs(spec, store))
    again = list(epochs(spec, store))
    assert shared == again
    assert numbers(shared) == numbers(alone) == numbers(again)
    assert [r.signature for r in shared] == [r.signature for r in alone]
    assert sum(r.trained for r in again) == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cut", [1, 4, 7])
def test_resuming_equals_not_being_interrupted(trial, method, store, cut, monkeypatch):
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda *_, **__: True)
    spec = trial(method, epochs=8, **early(method))
    interrupted = epochs(spec, store)
    for _ in range(cut):
        next(interrupted)
    interrupted.close()
    resumed = list(epochs(spec, store))
    assert numbers(resumed) == numbers(epochs(spec))
    assert sum(record.trained for record in resumed) <= 8 - cut + 1


@pytest.mark.parametrize("method", METHODS)
def test_influence_is_json_and_empty_only_while_the_run_is_the_base(trial, method):
    spec = trial(method, epochs=8, **early(method))
    records, base = list(epochs(spec)), numbers(epochs(trial("ce", epochs=8)))
    chain = Trial(spec).chain
    for record, plain in zip(records, base, strict=True):
        influence = chain.influence(record.epoch, records)
        json.dumps(influence)
        if not record.acts:
            assert influence == {}
            assert numbers([record]) == [plain]
    assert any(record.acts for record in records) == (method != "ce")


@pytest.mark.parametrize("method", METHODS)
def test_memory_is_tensors(trial, method):
    from sat_sweep.training.run import TrainingRun

    setup = Trial(trial(method, epochs=4, **early(method)))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    for epoch in (1, 2, 3, 4):
        run.train_epoch(epoch)
    assert all(isinstance(value, torch.Tensor) for value in run.method.memory.values())
