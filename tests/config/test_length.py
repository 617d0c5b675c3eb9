"""What is relative to the number of steps in an epoch, above all how often the network is reset."""

import pytest

from sat_sweep.config import plan
from sat_sweep.config.length import training_length
from sat_sweep.data import load, steps_per_epoch
from sat_sweep.methods import registry
from sat_sweep.methods.parameters import Length
from sat_sweep.training.loop import Trial

CIFAR10 = {"name": "cifar10", "root": "not here"}


def study(space, **blocks):
    return plan(space(methods=["ce+reset"], **blocks)).studies[0]


@pytest.mark.parametrize(("dataset", "training", "steps"), [
    ({"name": "digits"}, {"batch_size": 64}, 17),
    ({"name": "digits", "subset": 500}, {"batch_size": 64}, 7),
    (CIFAR10, {"batch_size": 256}, 157),
    (CIFAR10, {"batch_size": 64}, 625),
    ({**CIFAR10, "validation_fraction": 0.1}, {"batch_size": 64}, 704),
])
def test_resets_are_as_frequent_per_epoch_on_any_data(space, dataset, training, steps):
    range_, = study(space, dataset=dataset, model={"name": "convnet"}, training={"epochs": 20, **training}).dimensions
    assert (range_.low * steps, range_.high * steps) == (pytest.approx(0.02), pytest.approx(2))
    assert range_.log


def test_the_default_is_the_authors_example():
    length = Length(epochs=200, steps_per_epoch=steps_per_epoch(50_000, 256))
    assert registry["reset"].Parameters.resolve({}, length).rate == pytest.approx(0.001, rel=0.03)


def test_a_rate_is_never_above_one(space):
    range_, = study(space, dataset={"name": "digits", "subset": 40}, training={"epochs": 4}).dimensions
    assert range_.high == 1


def test_steps_are_those_that_a_trial_takes(space):
    given = space(methods=["ce+reset"])
    spec = plan(given).studies[0].typical_spec()
    trial = Trial(spec, load(spec.dataset))
    length = training_length(given.training, given.dataset, plan(given).studies[0].images)
    assert length.steps_per_epoch == trial.method.setting.steps_per_epoch


def test_a_trial_file_without_a_rate_gets_it_from_its_data(space):
    spec = study(space).typical_spec().model_copy(update={"parameters": {}})
    assert Trial(spec).method.dynamics[0].parameters.rate == pytest.approx(0.2 / 17)


def test_without_the_files_a_plan_says_what_it_does_not_know(space):
    planned = plan(space(methods=["sat+reset"], dataset={"name": "npz", "path": "nowhere.npz"}))
    assert "nowhere.npz" in planned.unknown
    assert plan(planned.space, lambda dataset: 1000).unknown == ""


def test_without_resets_nobody_asks_the_data(space):
    assert plan(space(methods=["sat"], dataset={"name": "npz", "path": "nowhere.npz"})).unknown == ""
