"""The attack stays where it may, and does what it should; when it is measured, and by what stronger ones."""

import sys
from dataclasses import replace

import pytest
import torch

from sat_sweep.config import SpaceFile, checks
from sat_sweep.errors import UserError
from sat_sweep.tasks import Evaluation, auto_attack
from sat_sweep.tasks.adversarial import Adversarial
from sat_sweep.tasks.auto_attack import survives
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial, records
from tests.conftest import numbers
from tests.methods.runs import run_of


def evaluation(predict, seed=0):
    """Pixels that are normalised by mean 1/2 and deviation 1/4: black is -2, white 2."""
    generator = torch.Generator().manual_seed(seed)
    return Evaluation(predict, 2, generator, torch.tensor([-2.0]), torch.tensor([2.0]), true_labels=True)


def brighter(images):
    """Class 1 is brighter than the middle."""
    light = images.flatten(1).mean(dim=1)
    return torch.stack([-light, light], dim=1)


def test_the_attack_goes_as_far_as_it_may_and_no_further():
    """epsilon 0.1 of the range 4 is 0.4; the best attack on a class-1 image darkens every pixel by that."""
    images = torch.full((3, 1, 2, 2), 0.3)
    images[0, 0, 0, 0] = -1.9
    attacked = Adversarial(epsilon=0.1, steps=20).attack(images, torch.tensor([1, 1, 0]), evaluation(brighter))
    torch.testing.assert_close(attacked[1], torch.full((1, 2, 2), -0.1))
    torch.testing.assert_close(attacked[2], torch.full((1, 2, 2), 0.7))
    assert attacked[0].min() == -2, "black is as dark as a pixel gets"


def test_robust_accuracy_counts_what_survives():
    images = torch.tensor([0.3, 0.9, -0.3, -0.9]).view(4, 1, 1, 1)
    part = type("Part", (), {"inputs": images, "labels": torch.tensor([1, 1, 0, 1])})
    found = Adversarial(epsilon=0.1, steps=20).on_test(part, evaluation(brighter))
    assert (found["test/robust_accuracy"].item(), found["test/accuracy"].item()) == (0.25, 0.75)


def test_a_network_is_less_accurate_under_attack_and_training_is_not_touched(trial):
    plain = trial("ce", epochs=6, model={"name": "convnet", "width": 4})
    attacked = plain.model_copy(update={"task": Adversarial(epsilon=0.2)})
    records = list(epochs(attacked))
    last = records[-1].metrics
    assert last["test/robust_accuracy"] < last["test/accuracy"] - 0.1
    shared = {"train/loss", "val/noisy_accuracy", "test/accuracy"}
    kept = [[{name: metrics[name] for name in shared} for metrics in numbers(run)] for run in (records, epochs(plain))]
    assert kept[0] == kept[1]
    assert numbers(records) == numbers(epochs(attacked))


def test_features_have_no_pixels():
    assert "images" in str(Adversarial().misfit((30,)))
    assert Adversarial().misfit((3, 32, 32)) is None


CONVNET = {"name": "convnet", "width": 4}


def test_options_that_came_later_change_no_identity():
    assert set(Adversarial().model_dump()) == {"name", "epsilon", "steps", "step_size"}
    assert Adversarial(restarts=1, every=1, auto_attack=None).digest() == Adversarial().digest()
    assert Adversarial(restarts=2).digest() != Adversarial().digest()


def test_restarts_are_never_weaker(trial):
    """Of ten attacks of one step the first is the only one of a single start."""
    once, often = (numbers(epochs(trial("ce", epochs=4, model=CONVNET, task=Adversarial(
        epsilon=0.15, steps=1, step_size=0.15, restarts=restarts)))) for restarts in (1, 10))
    for name in ("val/noisy_robust_accuracy", "test/robust_accuracy"):
        assert all(more[name] <= one[name] for one, more in zip(once, often, strict=True))
        assert any(more[name] < one[name] for one, more in zip(once, often, strict=True))
    assert [one["train/loss"] for one in once] == [more["train/loss"] for more in often]


def test_robust_accuracy_is_measured_every_few_epochs_and_after_the_last(trial):
    always, sometimes = (numbers(epochs(trial("ce", epochs=7, model=CONVNET, task=Adversarial(every=every))))
                         for every in (1, 3))
    robust = {"val/noisy_robust_accuracy", "test/robust_accuracy"}
    for epoch, (whole, part) in enumerate(zip(always, sometimes, strict=True), start=1):
        left_out = set() if epoch in (3, 6, 7) else robust
        assert part == {name: value for name, value in whole.items() if name not in left_out}


@pytest.mark.parametrize("evaluate", ["noisy", "all"])
def test_the_last_epoch_between_two_measurements_is_not_that_of_a_longer_training(trial, evaluate):
    """Else the longer one would be told what it does not measure, or the shorter one nothing."""
    training = {"schedule": {"name": "constant"}}
    short, long = (Trial(trial("ce", epochs=length, training=training, evaluate=evaluate,
                               task=Adversarial(every=2))).chain for length in (3, 8))
    assert short.root == long.root
    assert short.after("x", 2, {}) == long.after("x", 2, {})
    assert short.after("x", 3, {}) != long.after("x", 3, {})
    due = Trial(trial("ce", epochs=4, training=training, evaluate=evaluate, task=Adversarial(every=2))).chain
    assert due.after("x", 4, {}) == long.after("x", 4, {})


@pytest.mark.parametrize("patience", [1, 4])
def test_early_stopping_goes_by_the_epochs_that_were_measured(trial, patience):
    """It never stops at an epoch that was not, and counts patience in epochs."""
    spec = trial("pgd_at+early_stopping", epochs=24, rate=0.6, task=Adversarial(every=2, steps=3),
                 training={"optimizer": {"lr": 0.3, "name": "sgd"}},
                 **{"early_stopping.patience": patience, "pgd_at.steps": 3})
    found = list(epochs(spec))
    stop = next(place for place, record in enumerate(found) if not record.trained)
    score = {record.epoch: record.metrics["val/noisy_robust_accuracy"] for record in found[:stop]
             if "val/noisy_robust_accuracy" in record.metrics}
    assert set(score) == set(range(2, stop + 1, 2))
    best = max(score, key=lambda epoch: (score[epoch], -epoch))
    assert stop - best >= patience > stop - 2 - best
    assert all(later == numbers(found)[best - 1] for later in numbers(found)[stop:])


@pytest.mark.parametrize("reset", ["ce+reset", "pgd_at+reset"])
def test_resets_are_armed_by_the_epochs_that_were_measured(trial, reset):
    spec = trial(reset, epochs=12, rate=0.6, task=Adversarial(every=4, steps=2), model=CONVNET,
                 **{"reset.patience": 2, "reset.rate": 0.2, **({"pgd_at.steps": 2} if "pgd" in reset else {})})
    chain, found = Trial(spec).chain, list(epochs(spec))
    influences = [chain.influence(epoch, found).get("reset") for epoch in range(1, 13)]
    assert not any(influences[:8]), "no epoch is judged before the 4th, and another one not before the 8th"


def poisoned(spec):
    """A trial of `spec` whose test labels are all others."""
    trial = Trial(spec)
    data = trial.dataset
    return Trial(spec, given=replace(data, test_labels=(data.test_labels + 1) % 10, fingerprint="poisoned"))


@pytest.mark.parametrize("method", ["ce+early_stopping", "pgd_at+early_stopping", "trades_sat", "fast_at"])
def test_a_poisoned_test_set_changes_no_choice(trial, method):
    """Not one number of the search, and of the confirmation none but those of the test part."""
    given = {"early_stopping.patience": 2} if "early" in method else {}
    for evaluate in ("noisy", "all"):
        spec = trial(method, epochs=8, rate=0.6, evaluate=evaluate, task=Adversarial(steps=2, every=2), **given)
        honest, lied = ([record.metrics for record in records(run)] for run in (Trial(spec), poisoned(spec)))
        for one, other in zip(honest, lied, strict=True):
            assert one.keys() == other.keys()
            differing = {name for name in one if one[name] != other[name]} - {"epoch_seconds"}
            assert differing <= {"test/robust_accuracy", "test/accuracy", "test/nll"}
            assert bool(differing) == (evaluate == "all")


# AutoAttack

WEIGHTS = torch.randn(5, 2, 4, 4, generator=torch.Generator().manual_seed(3))


def linear(images):
    """Five classes, each with a template."""
    return torch.einsum("bchw,kchw->bk", images, WEIGHTS[:, :images.shape[1]])


def of_linear(classes):
    generator = torch.Generator().manual_seed(1)
    return Evaluation(lambda images: linear(images)[:, :classes], classes, generator, torch.tensor([-2.0, -1.0]),
                      torch.tensor([2.0, 0.5]), true_labels=True)


@pytest.mark.parametrize("classes", [2, 5])
def test_auto_attack_finds_exactly_what_a_linear_model_cannot_hold(classes):
    """An image holds out if no other class gains as much as the margin: epsilon times the range times |w_y - w_j|."""
    pytest.importorskip("pyautoattack")
    generator = torch.Generator().manual_seed(2)
    images = torch.rand(60, 2, 4, 4, generator=generator) * torch.tensor([2.0, 0.75]).view(1, 2, 1, 1) - torch.tensor(
        [1.0, 0.625]).view(1, 2, 1, 1)
    logits = linear(images)[:, :classes]
    labels = torch.where(torch.arange(60) % 10 == 0, torch.zeros(60, dtype=torch.int64), logits.argmax(dim=1))
    epsilon, ranges = 0.03, torch.tensor([4.0, 1.5]).view(1, 2, 1, 1)
    gains = epsilon * ((WEIGHTS[:classes, None] - WEIGHTS[None, :classes]).abs() * ranges).sum(dim=(2, 3, 4))
    lead = logits.gather(1, labels[:, None]) - logits - gains[labels]
    holds = (lead.scatter(1, labels[:, None], torch.inf) > 0).all(dim=1)
    assert 0.2 < holds.float().mean() < 0.8
    before, tracer = torch.get_rng_state(), sys.gettrace()
    found = survives(images, labels, of_linear(classes), epsilon)
    assert torch.equal(found, holds)
    assert torch.equal(torch.get_rng_state(), before)
    assert sys.gettrace() is tracer


def test_it_is_measured_once_on_the_first_images(trial, monkeypatch):
    """And at the end of a confirmation alone."""
    seen = []

    def half(inputs, labels, evaluation, epsilon):
        seen.append((inputs, labels, epsilon))
        return torch.arange(len(labels)) % 2 == 0

    monkeypatch.setattr("sat_sweep.tasks.adversarial.survives", half)
    task = Adversarial(epsilon=0.2, auto_attack=10, every=3)
    *before, last = epochs(trial("ce", epochs=4, task=task))
    assert last.metrics["test/auto_attack_accuracy"] == 0.5
    assert all("test/auto_attack_accuracy" not in record.metrics for record in before)
    (inputs, labels, epsilon), = seen
    assert (len(inputs), epsilon) == (10, 0.2)
    assert torch.equal(labels, Trial(trial()).data.test.labels[:10])
    assert not any("test/auto_attack_accuracy" in record.metrics
                   for record in epochs(trial("ce", epochs=4, task=task, evaluate="noisy")))


def test_auto_attack_leaves_no_more_than_the_attack_of_every_epoch(trial):
    pytest.importorskip("pyautoattack")
    task = Adversarial(epsilon=0.03, auto_attack=40)
    run = run_of(trial("pgd_at", epochs=3, task=task), trained=3)
    inputs, labels = run.data.test.inputs[:40], run.data.test.labels[:40]
    attacked = task.attack(inputs, labels, run._evaluation("test"))
    survived = (run.method.predict(run, attacked).argmax(dim=1) == labels).float().mean().item()
    assert 0 < run.history[-1].metrics["test/auto_attack_accuracy"] <= survived


def test_without_the_package_it_is_refused(trial, monkeypatch):
    for module in (checks, auto_attack):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    file = {"name": "attacked", "dataset": {"name": "digits"}, "noise": {"kind": "symmetric", "rates": [0.2]},
            "methods": ["ce"], "model": {"name": "mlp"}}
    problem, = checks.check_space(SpaceFile.model_validate({**file, "task": {"name": "adversarial", "auto_attack": 5}}))
    assert (problem.path, problem.remedy) == ("task", "install sat-sweep[adversarial], or drop the option")
    assert checks.check_space(SpaceFile.model_validate({**file, "task": {"name": "adversarial"}})) == []
    with pytest.raises(UserError, match=r"install sat-sweep\[adversarial\]"):
        list(epochs(trial("ce", epochs=1, task=Adversarial(auto_attack=5))))


def test_a_report_is_never_of_this_attack_alone_without_saying_so():
    alone = Adversarial().reservation({"test/accuracy"})
    assert "upper bound" in alone
    assert "AutoAttack was not run" in alone
    assert "`auto_attack: 1000`" in alone
    assert Adversarial(auto_attack=50).reservation({"test/accuracy"}) == alone, "asked for, and not measured"
    both = Adversarial(auto_attack=50).reservation({"test/accuracy", "test/auto_attack_accuracy"})
    assert "first 50 test images" in both
    assert "upper bound" in both
