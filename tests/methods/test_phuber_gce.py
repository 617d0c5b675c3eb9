"""Partially Huberised GCE against NumPy; its pieces meet, and it becomes GCE."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.gce import gce_loss
from sat_sweep.methods.phuber_gce import phuber_gce_loss
from tests.methods.by_hand import LOGITS, assert_equal, computed, of_the_label


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize(("q", "tau"), [(0.7, 10.0), (0.7, 1.2), (0.2, 2.0)])
def test_loss_and_gradient(logits, q, tau):
    log_p, _ = of_the_label(logits)
    p, corner = np.exp(log_p), tau ** (1 / (q - 1))
    straight = (1 - corner**q) / q - tau * (p - corner)
    assert_equal(phuber_gce_loss, logits, np.where(p > corner, (1 - p**q) / q, straight).mean(),
                 np.where(p > corner, -(p**q), -tau * p), q=q, tau=tau)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_with_a_steep_enough_slope_it_is_gce(logits):
    ours, gradient = computed(phuber_gce_loss, logits, tau=1e12)
    theirs, expected = computed(gce_loss, logits)
    assert ours == pytest.approx(theirs, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-25)


def test_value_and_slope_meet_at_the_corner():
    def at(probability):
        logits = torch.tensor([[probability, 1 - probability]], dtype=torch.float64).log().requires_grad_()
        loss = phuber_gce_loss(logits, torch.tensor([0]), q=0.5, tau=2.0)  # the corner is at 1/4
        loss.backward()
        return np.array([loss.item(), logits.grad[0, 0].item()])

    np.testing.assert_allclose(at(0.25 - 1e-9), at(0.25 + 1e-9), atol=1e-8)
