"""Polynomial soft weighting against NumPy, on both sides of its threshold, and its limit."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.polysoft import polysoft_loss
from tests.methods.by_hand import LABELS, LOGITS, assert_equal, computed, of_the_label


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize(("lam", "d"), [(5.0, 2.0), (1.0, 1.2), (2.0, 5.0)])
def test_loss_and_gradient(logits, lam, d):
    losses = -of_the_label(logits)[0]
    left = np.maximum(1 - losses / lam, 0)
    assert_equal(polysoft_loss, logits, ((d - 1) * lam / d * (1 - left ** (d / (d - 1)))).mean(),
                 -(left ** (1 / (d - 1))), lam=lam, d=d)


def test_a_parabola_by_hand():
    """d = 2: c - c^2 / (2 lam), here with c = ln 2 and lam = 1."""
    logits = torch.zeros(1, 2, dtype=torch.float64)
    expected = np.log(2) - np.log(2) ** 2 / 2
    assert polysoft_loss(logits, torch.tensor([0]), lam=1.0, d=2.0).item() == pytest.approx(expected)


def test_with_a_high_threshold_it_is_cross_entropy():
    logits = LOGITS["usual"]
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item()
    assert computed(polysoft_loss, logits, lam=1e7, d=2.0)[0] == pytest.approx(expected, rel=1e-6)
