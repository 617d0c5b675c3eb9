"""Mean absolute error against NumPy, and the property that makes it robust."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.mae import mae_loss
from tests.methods.by_hand import LOGITS, assert_equal, of_the_label


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_loss_and_gradient(logits):
    log_p, rest = of_the_label(logits)
    assert_equal(mae_loss, logits, (2 * rest).mean(), -2 * np.exp(log_p))


def test_golden_values():
    probabilities = torch.tensor([0.1, 0.2, 0.5, 0.9], dtype=torch.float64)
    logits = torch.stack([probabilities, 1 - probabilities], dim=1).log()
    for row, golden in zip(logits, [1.8, 1.6, 1.0, 0.2], strict=True):
        assert mae_loss(row[None], torch.tensor([0])).item() == pytest.approx(golden)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_over_all_labels_it_is_the_same_for_every_prediction(logits):
    rows = torch.tensor(logits)
    of_each = [mae_loss(rows, torch.full((3,), label)).item() for label in range(3)]
    assert sum(of_each) == pytest.approx(2 * (3 - 1))
