"""Pseudo-labels by hand, and when they begin."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.pseudo_label import pseudo_label_loss
from sat_sweep.training import epochs
from tests.conftest import numbers
from tests.methods.by_hand import log_softmax
from tests.methods.runs import run_of

FEW = {"name": "digits", "subset": 300, "labelled": 50}
LOGITS = np.array([[2.0, 0, 0], [0.5, 1.0, -1.0], [0, 0, 4.0]])


@pytest.mark.parametrize(("threshold", "counted"), [(0.0, [1, 1, 1]), (0.7, [1, 0, 1]), (0.99, [0, 0, 0])])
def test_the_largest_entry_is_the_label(threshold, counted):
    """Probabilities 0.79, 0.57 and 0.96."""
    leaf = torch.tensor(LOGITS, requires_grad=True)
    loss = pseudo_label_loss(leaf, threshold)
    loss.backward()
    log_p = log_softmax(LOGITS)
    np.testing.assert_allclose(loss.item(), -(np.array(counted) * log_p[[0, 1, 2], [0, 1, 2]]).sum() / 3, rtol=1e-12)
    np.testing.assert_allclose(leaf.grad, np.array(counted)[:, None] * (np.exp(log_p) - np.eye(3)) / 3, atol=1e-15)


def test_the_weight_rises_after_the_start(trial):
    """Nothing for 2 epochs, then to 3 within 4."""
    settings = {"pseudo_label.start_epoch": 2, "pseudo_label.ramp": 4, "pseudo_label.lambda_u": 3.0}
    method = run_of(trial("pseudo_label", dataset=FEW, epochs=8, **settings)).method.algorithm
    assert [method._weight(epoch) for epoch in range(1, 9)] == [0, 0, 0.75, 1.5, 2.25, 3, 3, 3]
    assert method.influence(2, []) == {}
    assert method.influence(3, []) == {"lambda_u": 0.75, "threshold": 0.0, "ratio": 8}


def test_before_the_start_it_is_cross_entropy_to_the_bit(trial):
    asked = {"dataset": FEW, "epochs": 4}
    ours = numbers(epochs(trial("pseudo_label", **asked, **{"pseudo_label.start_epoch": 2})))
    plain = numbers(epochs(trial("ce", **asked)))
    assert ours[:2] == plain[:2]
    assert ours[2] != plain[2]
