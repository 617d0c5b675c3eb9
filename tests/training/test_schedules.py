"""Learning rates by hand and beside torch's own schedulers."""

import pytest
import torch

from sat_sweep.training.schedules import Constant, Cosine, Step


def test_cosine_equals_the_scheduler_of_torch():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for epoch in range(1, 11):
        assert Cosine().factor(epoch, 10) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


def test_cosine_to_a_final_share():
    assert Cosine(final=0.1).factor(1, 100) == 1
    assert Cosine(final=0.1).factor(51, 100) == pytest.approx(0.55)


@pytest.mark.parametrize(("epoch", "factor"), [(1, 1), (5, 1), (6, 0.1), (8, 0.1), (9, 0.01)])
def test_step_by_epochs_and_by_shares(epoch, factor):
    assert Step(milestones=(5, 8)).factor(epoch, 10) == pytest.approx(factor)
    assert Step(milestones=(0.5, 0.8)).factor(epoch, 10) == pytest.approx(factor)


def test_warm_up_rises_to_the_schedule():
    factors = [Constant(warmup=3).factor(epoch, 10) for epoch in (1, 2, 3, 4, 5)]
    assert factors == [0.25, 0.5, 0.75, 1, 1]
