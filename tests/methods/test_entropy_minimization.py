"""Entropy minimisation by hand."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods.entropy import mean_entropy
from sat_sweep.methods.entropy_minimization import entropy_minimization_loss
from sat_sweep.training import epochs
from tests.conftest import numbers

P = torch.tensor([[0.5, 0.25, 0.25], [1 / 3, 1 / 3, 1 / 3]], dtype=torch.float64)
Y = torch.tensor([0, 2])


def test_the_entropy_is_the_true_one():
    """(1/2 log 2 + 2/4 log 4) and log 3; a constant added to the logits changes nothing."""
    expected = (0.5 * math.log(2) + 0.5 * math.log(4) + math.log(3)) / 2
    assert mean_entropy(P.log()).item() == pytest.approx(expected)
    assert mean_entropy(P.log() + 7).item() == pytest.approx(expected)
    assert mean_entropy(torch.tensor([[1e4, 0.0]])).item() == 0


def test_by_hand():
    loss = entropy_minimization_loss(P.log(), Y, weight=0.1)
    expected = (math.log(2) + math.log(3)) / 2 + 0.1 * (1.5 * math.log(2) + math.log(3)) / 2
    assert loss.item() == pytest.approx(expected)


def test_without_a_weight_it_is_cross_entropy(trial):
    torch.testing.assert_close(entropy_minimization_loss(P.log(), Y, 0.0), cross_entropy(P.log(), Y))
    found = numbers(epochs(trial("entropy_minimization", epochs=2, **{"entropy_minimization.weight": 0.0})))
    assert found == numbers(epochs(trial("ce", epochs=2)))
