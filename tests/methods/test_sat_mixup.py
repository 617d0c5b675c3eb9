"""Self-adaptive mixup worked by hand: its loss, and when targets move."""

import numpy as np
import pytest
import torch

from sat_sweep.methods import Batch, Composition, Setting
from sat_sweep.methods.mixup import mixup_loss
from sat_sweep.methods.sat_mixup import sat_mixup_loss
from sat_sweep.tasks.classification import Classification
from tests.methods.by_hand import log_softmax

LOGITS = np.array([[2.0, 0, 0], [0, 0, 3.0]])
PARTNERS = torch.tensor([1, 0])


def test_each_term_has_the_weights_of_its_own_targets():
    targets = np.array([[0.8, 0.1, 0.1], [0.0, 1.0, 0.0]])
    of_each = -(targets * log_softmax(LOGITS)).sum(axis=1)
    crossed = -(targets[::-1] * log_softmax(LOGITS)).sum(axis=1)
    own = (0.8 * of_each[0] + 1.0 * of_each[1]) / 1.8
    partner = (1.0 * crossed[0] + 0.8 * crossed[1]) / 1.8
    loss = sat_mixup_loss(torch.tensor(LOGITS), torch.tensor(targets), PARTNERS, 0.75)
    assert loss.item() == pytest.approx(0.75 * own + 0.25 * partner, rel=1e-12)


def test_with_labels_for_targets_it_is_mixup():
    logits, labels = torch.tensor(LOGITS), torch.tensor([0, 1])
    loss = sat_mixup_loss(logits, torch.eye(3, dtype=torch.float64)[labels], PARTNERS, 0.6)
    assert loss.item() == pytest.approx(mixup_loss(logits, labels, PARTNERS, 0.6).item(), rel=1e-12)


@pytest.mark.parametrize(("epoch", "share", "moves"), [(2, 0.99, False), (3, 0.91, True), (3, 0.89, False)])
def test_targets_move_where_an_image_is_nearly_pure(epoch, share, moves):
    setting = Setting(9, 1, 2, 3, 0, Classification().selection)
    method = Composition("sat_mixup", {"sat_mixup.start_epoch": 2, "sat_mixup.momentum": 0.9}, setting).algorithm
    method.memory["targets"] = torch.eye(3)[[0, 1]]
    logits, batch = torch.tensor(LOGITS).float(), Batch(torch.tensor([0, 1]), torch.tensor([0, 1]), torch.zeros(2))
    used = method._targets(logits, batch, epoch, share)
    expected = 0.9 * torch.eye(3)[[0, 1]] + 0.1 * logits.softmax(dim=1) if moves else torch.eye(3)[[0, 1]]
    torch.testing.assert_close(used, expected)
    torch.testing.assert_close(method.memory["targets"], expected)
