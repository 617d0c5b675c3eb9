"""Selective SAT and deep gamblers against numbers worked by hand."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, one_hot

from sat_sweep.methods.deep_gamblers import deep_gamblers_loss
from sat_sweep.methods.sat import update_targets
from sat_sweep.methods.sat_selective import sat_selective_loss
from sat_sweep.training.loop import Trial

Z = torch.tensor([[2.0, 0, 0, 1], [0, 0, 3, 1]], dtype=torch.float64)
Y = torch.tensor([0, 1])


def test_golden_value():
    targets = update_targets(one_hot(Y, 3).double(), Z[:, :3].softmax(dim=1), 0.9)
    assert sat_selective_loss(Z, Y, targets).item() == pytest.approx(1.815319, abs=1e-6)


def test_with_the_labels_as_targets_it_is_cross_entropy_over_all_outputs():
    torch.testing.assert_close(sat_selective_loss(Z, Y, one_hot(Y, 3).double()), cross_entropy(Z, Y))


def test_a_gamble_by_hand():
    """q = (1/2, 1/4, 1/4): a reward of 2 gives 1/2 + 1/8 for the first class."""
    logits = torch.tensor([[0.5, 0.25, 0.25]], dtype=torch.float64).log()
    loss = deep_gamblers_loss(logits, torch.tensor([0]), reward=2.0)
    assert loss.item() == pytest.approx(-math.log(0.625))


def test_an_endless_reward_makes_the_abstention_worthless():
    torch.testing.assert_close(deep_gamblers_loss(Z, Y, 1e30), cross_entropy(Z, Y))


@pytest.mark.parametrize("method", ["sat_selective", "deep_gamblers"])
def test_networks_with_an_abstention_have_a_beginning_of_their_own(trial, method):
    with_it, without = (Trial(trial(name)).chain.root for name in (method, "ce"))
    assert with_it != without
    assert Trial(trial("sat_selective")).chain.root == Trial(trial("deep_gamblers")).chain.root
