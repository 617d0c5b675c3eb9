"""Clipping by hand on a linear model, cross-entropy as a limit, noise, and what privacy costs."""

import math

import pytest
import torch

from sat_sweep.config import checks
from sat_sweep.errors import UserError
from sat_sweep.methods import dp_sgd, parse, per_example
from sat_sweep.methods.per_example import clipped_sum
from sat_sweep.training import epochs
from tests.conftest import numbers
from tests.methods.runs import run_of, weights

pytestmark = pytest.mark.skipif(dp_sgd.find_spec("opacus") is None, reason="needs the extra privacy")
FREE = {"dp_sgd.noise_multiplier": 0.0, "dp_sgd.clip_norm": 1e9}


def one_step(spec, **changes):
    """Weights before and after one step, and the batch of the step."""
    run = run_of(spec)
    run.begin(1)
    run.change(weight_decay=0.0, **changes)
    run.method.begin_epoch(run)
    before, batch = weights(run), next(run._batches(1))
    run.method.update(run, batch, 1)
    return run, before, weights(run), batch


def test_each_example_is_shortened_by_itself():
    """Lengths 5, 0.5 and 0 under a norm of 1: (3, 4) becomes (0.6, 0.8), the others stay."""
    gradients = {"weight": torch.tensor([[[3.0]], [[0.3]], [[0.0]]]), "bias": torch.tensor([[4.0], [0.4], [0.0]])}
    total = clipped_sum(gradients, 1.0)
    assert total["weight"].tolist() == [[pytest.approx(0.9)]]
    assert total["bias"].tolist() == [pytest.approx(1.2)]


def test_a_step_on_a_linear_model_by_hand(trial, monkeypatch):
    """The gradient of cross-entropy for W x + b is (p - y) x^T and p - y, of length |p - y| sqrt(|x|^2 + 1)."""
    spec = trial("ce+dp_sgd", training={"optimizer": {"name": "sgd", "lr": 0.5, "momentum": 0.0}},
                 **{"dp_sgd.noise_multiplier": 0.0, "dp_sgd.clip_norm": 2.0})
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    monkeypatch.setattr("sat_sweep.training.lent.build_model", lambda *_: linear)
    _, before, after, batch = one_step(spec, learning_rate=0.5)
    inputs = batch.inputs.flatten(start_dim=1).double()
    logits = inputs @ before["1.weight"].double().T + before["1.bias"].double()
    errors = logits.softmax(dim=1) - torch.nn.functional.one_hot(batch.labels, 10)
    lengths = errors.norm(dim=1) * (inputs.square().sum(dim=1) + 1).sqrt()
    assert (lengths > 2).any()
    errors = errors * (2 / lengths).clamp(max=1)[:, None]
    torch.testing.assert_close(after["1.weight"].double(), before["1.weight"] - 0.5 * errors.T @ inputs / 32,
                               rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(after["1.bias"].double(), before["1.bias"] - 0.5 * errors.mean(dim=0),
                               rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("method", "width"), [("ce", 32), ("gce", 32), ("sce", 32), ("phuber", 32), ("ce", 512)])
def test_without_noise_and_bound_it_is_training_without(trial, method, width):
    """To rounding, which grows over 45 steps: weights to 1e-4. A width of 512 has layers that oneDNN multiplies."""
    model = {"name": "mlp", "width": width}
    plain, private = (run_of(trial(name, model=model, **given), trained=5)
                      for name, given in ((method, {}), (f"{method}+dp_sgd", FREE)))
    for name, value in weights(plain).items():
        torch.testing.assert_close(weights(private)[name], value, rtol=1e-4, atol=1e-4)


def test_what_a_step_reports_is_that_of_the_plain_step(trial):
    first, second = (numbers(epochs(trial(name, epochs=1, **given)))[0] for name, given in
                     (("ce", {}), ("ce+dp_sgd", FREE)))
    assert second == pytest.approx(first, rel=1e-4)


def test_working_on_few_examples_at_once_changes_nothing_but_rounding(trial, monkeypatch):
    spec = trial("ce+dp_sgd", **{"dp_sgd.noise_multiplier": 0.0})
    whole = one_step(spec)[2]
    monkeypatch.setattr(per_example, "AT_ONCE", 30_000)  # of some 3,500 numbers each: eight examples
    for name, value in one_step(spec)[2].items():
        torch.testing.assert_close(value, whole[name], rtol=1e-5, atol=1e-6)


def test_half_precision_is_close(trial):
    half = run_of(trial("ce+dp_sgd", training={"precision": "bfloat16"}, **FREE), trained=2)
    full = run_of(trial("ce+dp_sgd", **FREE), trained=2)
    for name, value in weights(full).items():
        torch.testing.assert_close(weights(half)[name], value, rtol=0, atol=0.05)
        assert not torch.equal(weights(half)[name], value)


def test_noise_has_the_deviation_that_was_asked_for(trial):
    """Of the gradient: 2 * 3 / 32, estimated from 3,466 numbers to some percent; and it is another in every step."""
    given = {"dp_sgd.noise_multiplier": 2.0, "dp_sgd.clip_norm": 3.0}
    training = {"optimizer": {"name": "sgd", "lr": 1.0, "momentum": 0.0}}
    (run, _, noisy, batch), (_, _, quiet, _) = (
        one_step(trial("ce+dp_sgd", training=training, **{**given, "dp_sgd.noise_multiplier": deviation}),
                 learning_rate=1.0) for deviation in (2.0, 0.0))
    noise = torch.cat([(noisy[name] - value).flatten() for name, value in quiet.items()])
    assert noise.std().item() == pytest.approx(2.0 * 3.0 / 32, rel=0.06)
    assert abs(noise.mean().item()) < 5 * 2.0 * 3.0 / 32 / math.sqrt(len(noise))
    run.method.update(run, batch, 1)
    second = torch.cat([(weights(run)[name] - value).flatten() for name, value in noisy.items()])
    assert abs(torch.corrcoef(torch.stack([noise, second]))[0, 1].item()) < 0.5


def test_epsilon_grows_with_epochs_and_falls_with_noise(trial):
    spent = {deviation: [record["dp_sgd/epsilon"] for record in
                         numbers(epochs(trial("ce+dp_sgd", epochs=3, **{"dp_sgd.noise_multiplier": deviation})))]
             for deviation in (1.0, 2.0)}
    assert spent[1.0] == sorted(spent[1.0])
    assert all(less < more for less, more in zip(spent[2.0], spent[1.0], strict=True))


def test_epsilon_is_that_of_the_gaussian_mechanism(trial):
    """One epoch is one mechanism, whose Renyi divergence of order a > 1 is a / (2 sigma^2).

    Epsilon is then at most a / (2 sigma^2) + log(1 - 1 / a) - log(delta a) / (a - 1): Canonne et al. 2020, prop. 12.
    """
    record, = numbers(epochs(trial("ce+dp_sgd", epochs=1, **{"dp_sgd.noise_multiplier": 2.0})))
    orders = [1 + step / 1000 for step in range(1, 60_000)]
    best = min(a / 8 + math.log1p(-1 / a) - (math.log(1e-5) + math.log(a)) / (a - 1) for a in orders)
    assert record["dp_sgd/epsilon"] == pytest.approx(best, rel=1e-2)
    assert record["dp_sgd/epsilon_poisson"] < record["dp_sgd/epsilon"]


def test_without_noise_nothing_is_claimed(trial):
    assert not [name for name in numbers(epochs(trial("ce+dp_sgd", epochs=1, **FREE)))[0] if name.startswith("dp_sgd")]


@pytest.mark.parametrize("method", ["sat+dp_sgd", "co_teaching+dp_sgd", "mixup+dp_sgd", "elr+dp_sgd"])
def test_losses_that_are_not_of_each_example_by_itself_are_refused(method):
    with pytest.raises(UserError, match="is no loss of each by itself"):
        parse(method)


def test_batch_normalisation_is_refused_before_the_first_step(trial):
    with pytest.raises(UserError, match="guarantees nothing with batch normalisation"):
        list(epochs(trial("ce+dp_sgd", model={"name": "convnet", "width": 4})))


def test_without_opacus_a_trial_says_what_to_install(trial, monkeypatch):
    monkeypatch.setattr(dp_sgd, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs the package opacus: install sat-sweep\[privacy\]"):
        list(epochs(trial("ce+dp_sgd")))


def test_without_opacus_a_space_file_is_refused(monkeypatch, space_of):
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert [problem.remedy for problem in checks.check_space(space_of("mlp"))] == [
        "install sat-sweep[privacy], or drop 'ce+dp_sgd'"]


def test_a_space_file_with_batch_normalisation_is_refused(space_of):
    problem, = checks.check_space(space_of("convnet"))
    assert "guarantees nothing with batch normalisation, which 'convnet' has" in problem.message
    assert checks.check_space(space_of("mlp")) == []


@pytest.fixture
def space_of():
    """A maker of space files with a private method and this network."""
    from sat_sweep.config import SpaceFile

    return lambda model: SpaceFile.model_validate({
        "name": "private", "dataset": {"name": "digits"}, "noise": {"kind": "symmetric", "rates": [0.2]},
        "methods": ["ce", "ce+dp_sgd"], "model": {"name": model}})
