"""Mixup by hand."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods.mixing import draw_pairs, mix
from sat_sweep.methods.mixup import mixup_loss
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun

PARTNERS = torch.tensor([1, 0])


def test_images_are_mixed():
    images = torch.tensor([[1.0, 0.0], [3.0, 8.0]])
    torch.testing.assert_close(mix(images, PARTNERS, 0.75), torch.tensor([[1.5, 2.0], [2.5, 6.0]]))


def test_so_are_labels():
    logits, labels = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1])
    soft = torch.tensor([[0.75, 0.25], [0.25, 0.75]])
    assert mixup_loss(logits, labels, PARTNERS, 0.75).item() == pytest.approx(cross_entropy(logits, soft).item())


def test_shares_and_partners_have_a_stream_of_their_own(trial):
    setup = Trial(trial("mixup"))

    def draws(epoch):
        run = TrainingRun(setup.spec, setup.data, setup.method)
        run.epoch = epoch
        return [draw_pairs(run.random("mixup"), 1.0, 8) for _ in range(20)]

    first = draws(1)
    assert all(0.5 <= share <= 1 and sorted(partners.tolist()) == list(range(8)) for share, partners in first)
    assert [share for share, _ in first] == [share for share, _ in draws(1)] != [share for share, _ in draws(2)]
