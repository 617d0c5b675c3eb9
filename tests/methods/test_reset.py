"""When resets are armed, where they fall, and what they put back."""

import numpy as np
import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods import parse
from sat_sweep.methods.reset import armed_after, reset_steps
from sat_sweep.training.loop import Trial
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.run import TrainingRun
from tests.conftest import numbers


@pytest.mark.parametrize(("accuracies", "patience", "armed"), [
    ([0.1, 0.2, 0.3], 1, None),
    ([0.3, 0.2], 1, 2),
    ([0.3, 0.3], 1, 2),               # an equal is no improvement
    ([0.3, 0.2, 0.4, 0.1, 0.1], 2, 5),
    ([0.3, 0.2, 0.1, 0.9], 2, 3),     # once armed it stays armed
    ([], 1, None),
])
def test_arming(accuracies, patience, armed):
    assert armed_after(accuracies, patience) == armed


def test_reset_count_is_what_the_rate_says():
    counts = [len(reset_steps(0.05, 1000, seed, epoch)) for seed in range(5) for epoch in range(4)]
    assert abs(np.mean(counts) - 50) < 4 * np.sqrt(1000 * 0.05 * 0.95 / len(counts))


def test_a_higher_rate_resets_at_the_same_steps_and_at_others():
    few, many = reset_steps(0.1, 200, 3, 7), reset_steps(0.3, 200, 3, 7)
    assert set(few) < set(many)
    assert reset_steps(0.0, 200, 3, 7) == ()
    assert reset_steps(1.0, 3, 3, 7) == (0, 1, 2)


def test_rate_zero_is_the_baseline_to_the_bit(trial):
    from sat_sweep.training import epochs

    plain = numbers(epochs(trial("ce")))
    assert numbers(epochs(trial("ce+reset", **{"reset.rate": 0.0, "reset.patience": 1}))) == plain


def armed_run(trial, **parameters):
    """A run that is armed and whose best epoch is its first."""
    settings = {"reset.rate": 1.0, "reset.patience": 1, **parameters}
    setup = Trial(trial("ce+reset", epochs=4, **settings))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    for epoch, accuracy in ((1, 0.9), (2, 0.1)):
        run.train_epoch(epoch)
        run.remember(EpochRecord(epoch, {"val/noisy_accuracy": accuracy}, "", False))
    return run


def test_at_rate_one_the_network_stays_at_its_checkpoint(trial):
    run = armed_run(trial)
    best = {name: value.clone() for name, value in run.best.items()}
    run.train_epoch(3)
    now = run.state().tensors
    assert best.keys() <= now.keys()
    assert all(torch.equal(now[name], value) for name, value in best.items())


@pytest.mark.parametrize("layers", ["head", "hidden2, head"])
def test_layers_limit_what_is_put_back(trial, layers):
    run = armed_run(trial, **{"reset.layers": layers})
    best = {name: value.clone() for name, value in run.best.items()}
    run.train_epoch(3)
    now = run.state().tensors
    same = {name: torch.equal(now[name], best[name]) for name in best if name.startswith("model/")}
    chosen = tuple(f"model/{layer.strip()}" for layer in layers.split(","))
    assert {name for name, equal in same.items() if equal} == {n for n in same if n.startswith(chosen)}


@pytest.mark.parametrize("other", ["forward", "ce+shrink_perturb", "ce+layerwise_reinit"])
def test_refused_beside_what_starts_anew(other):
    with pytest.raises(UserError, match="'reset' would put back to what it was before"):
        parse(f"{other}+reset")


def test_layers_that_there_are_not_are_refused_before_the_first_step(trial):
    with pytest.raises(UserError, match="no parameters that begin with 'haed'; did you mean 'head'"):
        armed_run(trial, **{"reset.layers": "hidden1, haed"})


def test_momentum_stays_unless_it_is_to_be_restored(trial):
    run = armed_run(trial, **{"reset.restore_optimizer": False})
    best = {name: value.clone() for name, value in run.best.items()}
    run.train_epoch(3)
    now = run.state().tensors
    momentum = [name for name in best if name.startswith("optimizer/")]
    assert momentum
    assert not any(torch.equal(now[name], best[name]) for name in momentum)


def test_without_refresh_the_first_checkpoint_stays(trial):
    run = armed_run(trial, **{"reset.refresh": False, "reset.rate": 0.0})
    run.train_epoch(3)
    kept = {name: value.clone() for name, value in run.method.memory.items()}
    run.remember(EpochRecord(3, {"val/noisy_accuracy": 0.95}, "", True))
    run.train_epoch(4)
    assert kept
    assert all(torch.equal(run.method.memory[name], value) for name, value in kept.items())
    assert not torch.equal(run.best["model/head.weight"], kept["reset.model/head.weight"])
