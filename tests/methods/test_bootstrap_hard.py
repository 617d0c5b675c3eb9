"""Hard bootstrapping against NumPy."""

import numpy as np
import pytest

from sat_sweep.methods.bootstrap_hard import bootstrap_hard_loss
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("beta", [0.8, 0.5, 1.0])
def test_loss_and_gradient(logits, beta):
    log_p, classes = log_softmax(logits), np.eye(3)
    targets = beta * classes[LABELS] + (1 - beta) * classes[logits.argmax(axis=1)]
    value, gradient = computed(bootstrap_hard_loss, logits, beta=beta)
    assert value == pytest.approx(-(targets * log_p).sum(axis=1).mean(), rel=1e-12)
    np.testing.assert_allclose(gradient, (np.exp(log_p) - targets) / 3, rtol=1e-9, atol=1e-15)
