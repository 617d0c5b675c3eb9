"""Early-learning regularisation against NumPy, its golden values, and what its memory does over epochs."""

import numpy as np
import pytest
import torch

from sat_sweep.methods import Composition, Setting
from sat_sweep.methods.elr import elr_loss
from sat_sweep.methods.tools import Batch
from sat_sweep.tasks.classification import Classification
from tests.methods.by_hand import LABELS, LOGITS, computed, gradient, log_softmax


def targets_of(logits, momentum):
    """Targets after one visit, as shares of the prediction, which carry no gradient."""
    return torch.tensor((1 - momentum) * np.exp(log_softmax(logits)))


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("momentum", [0.0, 0.7, 1.0])
def test_loss_and_gradient(logits, momentum):
    """d log(1 - <t, p>) / dz_j = -p_j (t_j - <t, p>) / (1 - <t, p>)."""
    targets = targets_of(logits, momentum)
    p, t = np.exp(log_softmax(logits)), targets.numpy()
    left = (p * np.maximum(1 - t, 1e-7)).sum(axis=1, keepdims=True)
    value, ours = computed(lambda z, y: elr_loss(z, y, targets, lam=3.0), logits)
    given = -log_softmax(logits)[np.arange(3), LABELS]
    assert value == pytest.approx(given.mean() + 3 * np.log(left).mean(), rel=1e-12)
    kept = np.maximum(1 - t, 1e-7)
    expected = gradient(logits, np.full(3, -1.0)) + p * (kept - left) / left
    np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-14)


def test_golden_first_step():
    logits, labels = torch.tensor([[2.0, 0, 0], [0, 0, 3]], dtype=torch.float64), torch.tensor([0, 1])
    targets = 0.3 * logits.softmax(dim=1)
    assert elr_loss(logits, labels, targets, lam=3.0).item() == pytest.approx(0.916075, abs=2e-6)
    assert elr_loss(logits, labels, targets, lam=0.0).item() == pytest.approx(1.667234, abs=1e-6)


def test_targets_are_a_moving_average_from_zero_without_correction():
    setting = Setting(5, 1, 4, 3, 0, Classification().selection)
    method = Composition("elr", {"elr.beta": 0.7}, setting).algorithm
    method.memory["targets"] = torch.zeros(4, 3)
    logits, batch = torch.tensor([[2.0, 0, 0]]), Batch(torch.tensor([2]), torch.tensor([0]), torch.zeros(1))
    for _ in range(2):
        method.loss(logits, batch, 1)
    expected = (1 - 0.7**2) * logits.softmax(dim=1)[0]
    torch.testing.assert_close(method.memory["targets"][2], expected)
    assert method.memory["targets"][[0, 1, 3]].abs().sum() == 0
