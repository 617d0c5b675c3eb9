"""Symmetric cross-entropy against NumPy, its golden values and its limit."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.sce import sce_loss
from tests.methods.by_hand import LOGITS, assert_equal, of_the_label


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize(("alpha", "beta", "log_zero"), [(0.1, 1.0, np.log(1e-4)), (6.0, 0.1, -4.0), (1.0, 0.0, -4.0)])
def test_loss_and_gradient(logits, alpha, beta, log_zero):
    log_p, rest = of_the_label(logits)
    assert_equal(sce_loss, logits, (-alpha * log_p - beta * log_zero * rest).mean(),
                 -alpha + beta * log_zero * np.exp(log_p), alpha=alpha, beta=beta, log_zero=log_zero)


@pytest.mark.parametrize(("probability", "golden"), [
    (0.1, 8.519565), (0.2, 7.529216), (0.5, 4.674485), (0.9, 0.931570)])
def test_golden_values(probability, golden):
    logits = torch.tensor([[probability, 1 - probability]], dtype=torch.float64).log()
    assert sce_loss(logits, torch.tensor([0])).item() == pytest.approx(golden, abs=1e-6)
