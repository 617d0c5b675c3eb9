"""Focal loss against NumPy, where predictions are certain too; with gamma 0 it is cross-entropy."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.focal import focal_loss
from tests.methods.by_hand import LABELS, LOGITS, assert_equal, computed, of_the_label


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_loss_and_gradient(logits, gamma):
    log_p, rest = of_the_label(logits)
    p = np.exp(log_p)
    assert_equal(focal_loss, logits, (-(rest**gamma) * log_p).mean(),
                 gamma * rest ** (gamma - 1) * p * log_p - rest**gamma, gamma=gamma)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_without_gamma_it_is_cross_entropy(logits):
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item()
    assert computed(focal_loss, logits, gamma=0.0)[0] == pytest.approx(expected, rel=1e-12)


def test_a_prediction_that_rounds_to_certainty_has_a_finite_gradient():
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    focal_loss(logits, torch.tensor([0]), gamma=0.5).backward()
    assert torch.isfinite(logits.grad).all()
