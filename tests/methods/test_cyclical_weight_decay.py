"""Weight decay over the cycle."""

import pytest
import torch

from tests.methods.runs import assert_same_numbers, begin, run_of, weights

PLAIN = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.3},
         "schedule": {"name": "constant"}}


def test_equal_bounds_are_the_optimisers_own(trial):
    bounds = {"cyclical_weight_decay.low": 0.3, "cyclical_weight_decay.high": 0.3}
    assert_same_numbers(trial("ce+cyclical_weight_decay", training=PLAIN, **bounds), trial("ce", training=PLAIN))


@pytest.mark.parametrize(("epoch", "decay"), [(1, 0.1), (2, 0.3), (3, 0.5), (4, 0.3), (5, 0.1)])
def test_a_step_decays_by_the_value_of_the_epoch(trial, epoch, decay):
    bounds = {"cyclical_weight_decay.low": 0.1, "cyclical_weight_decay.high": 0.5}
    run = run_of(trial("ce+cyclical_weight_decay", epochs=5, training=PLAIN, **bounds))
    begin(run, epoch)
    before = weights(run)
    run.descend(run.network(), 0 * run.forward(run.network(), run.inputs[:4]).sum())
    for name, value in weights(run).items():
        torch.testing.assert_close(value, before[name] * (1 - 0.1 * decay))
