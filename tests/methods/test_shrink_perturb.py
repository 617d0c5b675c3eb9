"""Shrinking and perturbing by hand."""

import pytest
import torch

from tests.methods.runs import assert_same_numbers, begin, run_of, weights


def test_keeping_everything_is_training_without(trial):
    """But for the optimiser's state, which plain gradient descent does not have."""
    plain = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0}}
    given = {"shrink_perturb.every": 2, "shrink_perturb.keep": 1.0, "shrink_perturb.fresh": 0.0}
    assert_same_numbers(trial("ce+shrink_perturb", training=plain, **given), trial("ce", training=plain))


@pytest.mark.parametrize(("keep", "add"), [(0.4, 0.1), (0.0, 0.1), (0.0, 1.0)])
def test_weights_shrink_towards_a_new_initialisation_and_momentum_is_forgotten(trial, keep, add):
    given = {"shrink_perturb.every": 2, "shrink_perturb.keep": keep, "shrink_perturb.fresh": add}
    run = run_of(trial("ce+shrink_perturb", **given), trained=2)
    before, initial = weights(run), run.initial()
    begin(run, 3)
    fresh = run._new_module("main", 3).state_dict()
    for name, value in weights(run).items():
        torch.testing.assert_close(value, keep * before[name] + add * fresh[name])
        assert name.endswith("bias") or not torch.equal(fresh[name], initial[name])
    state = [value for name, value in run.network().tensors() if name.startswith("optimizer/")]
    assert state
    assert all(not value.any() for value in state)


def test_as_many_epochs_are_left_after_the_last(trial):
    method = run_of(trial("ce+shrink_perturb", epochs=10, **{"shrink_perturb.every": 4})).method
    assert [epoch for epoch in range(1, 11) if method.influence(epoch, ())] == [5]


def test_both_networks_get_an_initialisation_of_their_own(trial):
    given = {"shrink_perturb.every": 1, "shrink_perturb.keep": 0.0}
    run = run_of(trial("co_teaching+shrink_perturb", **given), trained=1)
    begin(run, 2)
    first, second = weights(run), weights(run, "peer")
    assert not any(torch.equal(first[name], second[name]) for name in first if "weight" in name)
