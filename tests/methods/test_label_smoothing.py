"""Label smoothing against NumPy in float64, gradient included, also where logits are extreme."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.label_smoothing import label_smoothing_loss


def by_hand(z, y, epsilon):
    """Loss and gradient: L = -mean sum s log p, dL/dz = (p - s) / B."""
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    log_p = z - z.max(axis=1, keepdims=True) - np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(1, keepdims=True))
    s = (1 - epsilon) * np.eye(z.shape[1])[y] + epsilon / z.shape[1]
    return -(s * log_p).sum(axis=1).mean(), (p - s) / len(z)


@pytest.mark.parametrize("gap", [3.0, 30.0])
@pytest.mark.parametrize("epsilon", [0.0, 0.1, 1.0])
def test_loss_and_gradient(gap, epsilon):
    z, y = np.array([[2.0, 0, 0], [0, 0, gap]]), np.array([0, 1])
    logits = torch.tensor(z, requires_grad=True)
    loss = label_smoothing_loss(logits, torch.tensor(y), epsilon)
    loss.backward()
    expected, gradient = by_hand(z, y, epsilon)
    assert loss.item() == pytest.approx(expected)
    np.testing.assert_allclose(logits.grad.numpy(), gradient, atol=1e-12)
