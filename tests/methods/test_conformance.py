"""What every registered method must do, also one that is added tomorrow."""

import json

import pytest
import torch

from sat_sweep.home.files import open_folder
from sat_sweep.methods import Algorithm, Dynamics, Need, Objective, parse, registry
from sat_sweep.methods.parameters import Length, Range, resolved
from sat_sweep.training import TrajectoryStore, epochs
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from tests.conftest import audience, numbers

ALGORITHMS = [name for name in registry if issubclass(registry[name], Algorithm)]
DYNAMICS = [name for name in registry if issubclass(registry[name], Dynamics)]
BESIDE = {"dp_sgd": ("ce", "gce")}
"""What dynamics are tried with that do not go with every algorithm."""
METHODS = ALGORITHMS + [f"{algorithm}+{name}" for name in DYNAMICS
                        for algorithm in BESIDE.get(name, ("ce", "co_teaching")) if algorithm in registry]
SENSIBLE = ["sat+reset", "sat+weight_ema", "sat+shrink_perturb", "elr+reset", "gce+cyclical_temperature", "mixup+reset",
            "ce+weight_ema+reset", "sat+weight_ema+early_stopping",
            "ce+cyclical_weight_decay+cyclical_clipping+cyclical_lr"]
METHODS += SENSIBLE
LENGTH = Length(epochs=40, steps_per_epoch=20)
EARLY = {"backward.transition": "told", "interactive_teacher.every": 2, "reset.patience": 1, "reset.rate": 0.1,
         "early_stopping.patience": 1}
"""Settings under which methods act within a few epochs; a start epoch is early for whatever has one.

A transition matrix that is estimated so early has no use to `backward`; `forward` takes any.
"""


def early(method: str) -> dict:
    """Settings of `method` with which every part of it acts within a few epochs."""
    parts = parse(method)
    starts = {f"{part.name}.start_epoch": 3 for part in parts if "start_epoch" in part.Parameters.model_fields}
    names = [part.name for part in parts]
    return starts | {key: value for key, value in EARLY.items() if key.split(".")[0] in names}


SCALED = {"jocor.lam": 0.3, "truncated_gce.start_epoch": 10, "truncated_gce.k": 0.1, "shrink_perturb.every": 8,
          "cyclical_temperature.high": 1.0, "dividemix.start_epoch": 8}
"""Settings with which a method learns about as much as cross-entropy in the few steps of the toy."""


def scaled(method: str) -> dict:
    """Those of the parts of `method`."""
    return {key: value for key, value in SCALED.items() if key.split(".")[0] in method.split("+")}


@pytest.fixture
def trial(trial):
    """As everywhere, with what the method needs beside noisy labels; its base is trained on the same data."""
    def make(method, *, needs=None, **rest):
        parts = parse(needs or method)
        for package, _ in filter(None, (part.extra for part in parts)):
            pytest.importorskip(package)
        trusted = Need.TRUSTED in frozenset().union(*(part.needs for part in parts))
        data = {"name": "digits", "subset": rest.pop("subset", 300), **({"trusted": 40} if trusted else {})}
        augmented = {"augmentation": "flip"} if any(part.needs_augmentation for part in parts) else {}
        return trial(method, dataset=data, training={**rest.pop("training", {}), **augmented}, **rest)

    return make


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
    training = {"optimizer": {"name": "sgd", "lr": 0.03}, "batch_size": 64}
    *_, last = epochs(trial(method, epochs=15, rate=0.0, subset=1200, training=training, **scaled(method)))
    assert last.metrics["test/accuracy"] > 0.7


@pytest.mark.parametrize("method", METHODS)
def test_sharing_changes_nothing(trial, method, store, monkeypatch):
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda self, seconds, base, branch: branch)
    spec = trial(method, epochs=8, **early(method))
    alone = list(epochs(spec))
    list(epochs(trial("ce", needs=method, epochs=8), store, audience(spec)))
    shared = list(epochs(spec, store))
    again = list(epochs(spec, store))
    assert shared == again
    assert numbers(shared) == numbers(alone) == numbers(again)
    assert [r.signature for r in shared] == [r.signature for r in alone]
    assert sum(r.trained for r in again) == 0


@pytest.mark.parametrize("method", METHODS)
def test_sharing_with_trials_of_its_own_changes_nothing(trial, method, store, monkeypatch):
    """Of other settings, each moved to the ends of its range, and of another length: what a search shares."""
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda *_, **__: True)
    constant = {"schedule": {"name": "constant"}}
    spec = trial(method, epochs=6, training=constant, **early(method))
    alone = numbers(epochs(spec))
    for other in moved(method):
        list(epochs(trial(method, epochs=6, training=constant, **{**early(method), **other}), store))
    list(epochs(trial(method, epochs=10, training=constant, **early(method)), store))
    assert numbers(epochs(spec, store)) == alone


def moved(method: str) -> list[dict]:
    """Settings of `method`, one different from its early ones in each."""
    length, others = Length(epochs=6, steps_per_epoch=7), []
    for part in parse(method):
        for field, search in part.Parameters.search_ranges().items():
            ends = (search.low, search.high) if isinstance(search, Range) else search.values
            others += [{f"{part.name}.{field}": resolved(end, length)} for end in ends]
        others += [{f"{part.name}.{name}": not field.default} for name, field in part.Parameters.model_fields.items()
                   if isinstance(field.default, bool)]
    return others


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
    records, base = list(epochs(spec)), numbers(epochs(plain_training(trial, method)))
    chain, plain_chain = Trial(spec).chain, Trial(plain_training(trial, method)).chain
    for record, plain in zip(records, base, strict=True):
        influence = chain.influence(record.epoch, records)
        json.dumps(influence)
        if not record.acts:
            assert influence == {}
            assert numbers([record]) == [plain] or chain.root != plain_chain.root  # with further outputs
    assert any(record.acts for record in records) == (method != "ce")


def plain_training(trial, method):
    """Cross-entropy on what `method` is trained on: with trusted examples, the control before it uses them."""
    if any(Need.TRUSTED in part.needs for part in parse(method)):
        return trial("trusted_finetune", epochs=8, **{"trusted_finetune.start_epoch": 8})
    return trial("ce", needs=method, epochs=8)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_loss_is_an_objective(name):
    cls = registry[name]
    if "loss" in vars(cls):
        assert issubclass(cls, Objective)


@pytest.mark.parametrize("method", METHODS)
def test_a_second_network_is_declared(trial, method):
    setup = Trial(trial(method, epochs=1, **early(method)))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    run.train_epoch(1)
    assert (len(run.networks) > 1) == any(Need.SECOND_NETWORK in part.needs for part in parse(method))


@pytest.mark.parametrize("method", METHODS)
def test_memory_is_tensors(trial, method):
    setup = Trial(trial(method, epochs=4, **early(method)))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    for epoch in (1, 2, 3, 4):
        run.train_epoch(epoch)
    assert all(isinstance(value, torch.Tensor) for value in run.method.memory.values())
