"""Soft bootstrapping against NumPy, with the gradient through its target."""

import numpy as np
import pytest

from sat_sweep.methods.bootstrap_soft import bootstrap_soft_loss
from tests.methods.by_hand import LABELS, LOGITS, computed, gradient, log_softmax


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("beta", [0.95, 0.5, 1.0])
def test_loss_and_gradient(logits, beta):
    """dH/dz_j = -p_j (log p_j + H)."""
    log_p = log_softmax(logits)
    p, given = np.exp(log_p), -log_p[np.arange(3), LABELS]
    entropy = -(p * log_p).sum(axis=1, keepdims=True)
    value, ours = computed(bootstrap_soft_loss, logits, beta=beta)
    assert value == pytest.approx((beta * given + (1 - beta) * entropy[:, 0]).mean(), rel=1e-12)
    through_target = -(1 - beta) * p * (log_p + entropy) / 3
    np.testing.assert_allclose(ours, gradient(logits, np.full(3, -beta)) + through_target, rtol=1e-9, atol=1e-16)
