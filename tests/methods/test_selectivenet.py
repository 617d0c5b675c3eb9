"""SelectiveNet by hand."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods.selectivenet import selectivenet_loss, with_abstention

F = torch.tensor([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]], dtype=torch.float64)
H = torch.tensor([[0.25, 0.5, 0.25], [0.1, 0.1, 0.8]], dtype=torch.float64)
G = torch.tensor([[0.75], [0.25]], dtype=torch.float64)
Z = torch.cat([F.log(), (G / (1 - G)).log(), H.log()], dim=1)
Y = torch.tensor([0, 2])


def test_by_hand():
    """phi = 1/2, 0.3 less than asked for; the risk is (3/4 log 2 + 1/4 log 5/3) / 2 / phi."""
    risk = (0.75 * math.log(2) + 0.25 * math.log(5 / 3)) / 2 / 0.5
    auxiliary = (math.log(4) + math.log(1.25)) / 2
    loss = selectivenet_loss(Z, Y, coverage=0.8, lam=32.0, alpha=0.25)
    assert loss.item() == pytest.approx(0.25 * (risk + 32 * 0.3**2) + 0.75 * auxiliary)


def test_more_coverage_than_asked_for_costs_nothing():
    assert selectivenet_loss(Z, Y, coverage=0.5, alpha=1.0).item() == pytest.approx(
        selectivenet_loss(Z, Y, coverage=0.1, lam=1e6, alpha=1.0).item())


def test_who_answers_everything_alike_learns_by_cross_entropy():
    alike = torch.cat([F.log(), torch.zeros(2, 1, dtype=torch.float64), H.log()], dim=1)
    torch.testing.assert_close(selectivenet_loss(alike, Y, coverage=0.5, alpha=1.0), cross_entropy(F.log(), Y))


def test_predictions_are_those_of_f_and_it_abstains_as_g_says():
    logits = with_abstention(Z)
    torch.testing.assert_close(logits.softmax(dim=1), torch.cat([G * F, 1 - G], dim=1))
    torch.testing.assert_close(logits[:, :3].softmax(dim=1), F)
