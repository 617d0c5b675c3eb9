"""Partially Huberised cross-entropy against NumPy; its pieces meet, and it becomes cross-entropy."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.phuber import phuber_loss
from tests.methods.by_hand import LABELS, LOGITS, assert_equal, computed, of_the_label


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("tau", [1.0, 2.0, 10.0])
def test_loss_and_gradient(logits, tau):
    log_p, _ = of_the_label(logits)
    p, curved = np.exp(log_p), np.exp(log_p) > 1 / tau
    assert_equal(phuber_loss, logits, np.where(curved, -log_p, -tau * p + np.log(tau) + 1).mean(),
                 np.where(curved, -1.0, -tau * p), tau=tau)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_with_a_steep_enough_slope_it_is_cross_entropy(logits):
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item()
    assert computed(phuber_loss, logits, tau=1e20)[0] == pytest.approx(expected, rel=1e-12)


def test_value_and_slope_meet_at_the_corner():
    def at(probability):
        logits = torch.tensor([[probability, 1 - probability]], dtype=torch.float64).log().requires_grad_()
        loss = phuber_loss(logits, torch.tensor([0]), tau=4.0)
        loss.backward()
        return np.array([loss.item(), logits.grad[0, 0].item()])

    np.testing.assert_allclose(at(0.25 - 1e-9), at(0.25 + 1e-9), atol=1e-8)
