"""Temporal ensembling worked by hand: its loss, its ramp, and the average over epochs with its correction."""

import numpy as np
import pytest
import torch

from sat_sweep.methods import Composition, Setting
from sat_sweep.methods.temporal_ensembling import temporal_ensembling_loss
from sat_sweep.methods.tools import Batch
from sat_sweep.tasks.classification import Classification
from tests.methods.by_hand import LABELS, LOGITS, computed, gradient, log_softmax


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_loss_and_gradient(logits):
    """d mean (p - t)^2 / dz_j = 2 / (B C) p_j [(p_j - t_j) - sum_k p_k (p_k - t_k)]."""
    log_p, targets = log_softmax(logits), np.full((3, 3), 1 / 3)
    p, weight = np.exp(log_p), 300.0
    value, ours = computed(lambda z, y: temporal_ensembling_loss(z, y, torch.tensor(targets), weight), logits)
    given = -log_p[np.arange(3), LABELS]
    assert value == pytest.approx(given.mean() + weight * ((p - targets) ** 2).mean(), rel=1e-12)
    apart = p - targets
    pull = 2 / 9 * p * (apart - (p * apart).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(ours, gradient(logits, np.full(3, -1.0)) + weight * pull, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("epoch", "weight"), [(1, 0.0), (2, 2.28), (41, 85.95), (81, 300.0), (200, 300.0)])
def test_the_weight_rises_over_80_epochs_and_is_nothing_in_the_first(epoch, weight):
    setting = Setting(300, 1, 2, 2, 0, Classification().selection)
    method = Composition("temporal_ensembling", {}, setting).algorithm
    assert method.influence(epoch, ())["weight"] == pytest.approx(weight, abs=0.01)


class Epoch:
    """A run as far as the method reads it before an epoch."""

    labels = torch.tensor([0, 1])

    def __init__(self, epoch):
        self.epoch = epoch


def test_what_is_held_to_is_the_corrected_average_of_earlier_epochs():
    setting = Setting(9, 1, 2, 2, 0, Classification().selection)
    method = Composition("temporal_ensembling", {"temporal_ensembling.alpha": 0.6}, setting).algorithm
    batch, seen = Batch(torch.tensor([0, 1]), Epoch.labels, torch.zeros(2)), []
    for epoch, logits in enumerate(torch.tensor([[[1.0, 0], [0, 1]], [[2.0, 0], [0, 0]], [[0.0, 0], [0, 0]]]), start=1):
        method.begin_epoch(Epoch(epoch))
        method.loss(logits, batch, epoch)
        seen.append(logits.softmax(dim=1))
    held = method.memory["average"] / (1 - 0.6**2)  # in the third epoch
    expected = (0.6 * 0.4 * seen[0] + 0.4 * seen[1]) / (1 - 0.6**2)
    torch.testing.assert_close(held, expected)
    torch.testing.assert_close(held.sum(dim=1), torch.ones(2))
