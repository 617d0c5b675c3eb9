"""GCE against the golden values."""

import math

import pytest
import torch

from sat_sweep.methods.gce import gce_loss


def logits_with(probability: float) -> torch.Tensor:
    return torch.tensor([[probability, 1 - probability]], dtype=torch.float64).log()


@pytest.mark.parametrize(("p", "loss"), [(0.1, 1.143534), (0.2, 0.965527), (0.5, 0.549183), (0.9, 0.101569)])
def test_golden_values(p, loss):
    assert gce_loss(logits_with(p), torch.tensor([0]), 0.7).item() == pytest.approx(loss, abs=1e-6)


def test_q_of_one_is_half_the_mean_absolute_error():
    assert gce_loss(logits_with(0.3), torch.tensor([0]), 1.0).item() == pytest.approx(0.7)


def test_small_q_is_cross_entropy():
    assert gce_loss(logits_with(0.3), torch.tensor([0]), 1e-6).item() == pytest.approx(1.203973, abs=1e-4)


def test_gradient_is_finite_where_the_probability_underflows():
    logits = torch.tensor([[-2000.0, 0.0]], requires_grad=True)
    gce_loss(logits, torch.tensor([0]), 0.7).backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("gap", [16.0, 25.0])
def test_an_example_at_odds_with_its_label_keeps_its_gradient(gap):
    """dL/dz_y = -p_y**q (1 - p_y), however small p_y is."""
    logits = torch.tensor([[0.0, gap]], requires_grad=True)
    gce_loss(logits, torch.tensor([0]), 0.7).backward()
    assert logits.grad[0, 0].item() == pytest.approx(-math.exp(-0.7 * gap), rel=1e-4)


@pytest.mark.parametrize("gap", [1.0, 30.0])
def test_it_goes_to_cross_entropy_also_where_that_is_large(gap):
    logits, label = torch.tensor([[0.0, gap]], dtype=torch.float64), torch.tensor([0])
    expected = torch.nn.functional.cross_entropy(logits, label).item()
    assert gce_loss(logits, label, 1e-9).item() == pytest.approx(expected, rel=1e-6)
