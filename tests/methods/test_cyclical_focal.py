"""Cyclical focal loss against its golden values, and where it is a loss that is known."""

import pytest
import torch

from sat_sweep.methods.cyclical_focal import cyclical_focal_loss
from sat_sweep.methods.focal import focal_loss
from tests.methods.by_hand import LABELS, LOGITS, computed

Z, Y = torch.tensor([[2.0, 0, 0], [0, 0, 3]], dtype=torch.float64), torch.tensor([0, 1])


@pytest.mark.parametrize(("epsilon", "eta", "expected"), [
    (0.1, 1.0, 2.415223), (0.1, 0.0, 1.323801), (0.0, 1.0, 2.450794), (0.0, 0.0, 1.415935)])
def test_golden_values(epsilon, eta, expected):
    """E = 9, factor 2: eta is 1 at both ends and 0 in the middle."""
    loss = cyclical_focal_loss(Z, Y, eta, gamma_hc=3, gamma_pos=2, gamma_neg=2, epsilon=epsilon)
    assert loss.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_in_the_middle_and_without_smoothing_it_is_the_focal_loss(logits):
    ours, gradient = computed(lambda z, y: cyclical_focal_loss(z, y, eta=0.0, epsilon=0.0), logits)
    theirs, expected = computed(lambda z, y: focal_loss(z, y, gamma=2.0), logits)
    assert ours == pytest.approx(theirs, rel=1e-12)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_without_exponents_and_smoothing_it_is_cross_entropy(logits, eta):
    none = {"gamma_hc": 0.0, "gamma_pos": 0.0, "gamma_neg": 0.0, "epsilon": 0.0}
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item()
    assert computed(lambda z, y: cyclical_focal_loss(z, y, eta, **none), logits)[0] == pytest.approx(expected)


def test_a_prediction_that_rounds_to_certainty_has_a_finite_gradient():
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    cyclical_focal_loss(logits, torch.tensor([0]), eta=0.0, gamma_pos=0.5).backward()
    assert torch.isfinite(logits.grad).all()
