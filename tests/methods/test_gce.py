"""GCE against the golden values of shared/reference/algorithms.md, section F."""

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
