"""The gradient of a network is no longer than the epoch's bound."""

import pytest
import torch

from tests.methods.runs import assert_same_numbers, begin, run_of, weights

PLAIN = {"optimizer": {"name": "sgd", "lr": 1.0, "momentum": 0.0, "weight_decay": 0.0},
         "schedule": {"name": "constant"}}


def test_a_bound_that_nothing_reaches_changes_nothing(trial):
    bounds = {"cyclical_clipping.low": 1e9, "cyclical_clipping.high": 1e9}
    assert_same_numbers(trial("ce+cyclical_clipping", **bounds), trial("ce"))


@pytest.mark.parametrize(("epoch", "bound"), [(1, 0.01), (2, 0.02), (3, 0.03)])
def test_a_step_is_as_long_as_the_bound(trial, epoch, bound):
    bounds = {"cyclical_clipping.low": 0.01, "cyclical_clipping.high": 0.03}
    run = run_of(trial("ce+cyclical_clipping", epochs=5, training=PLAIN, **bounds))
    begin(run, epoch)
    before = weights(run)
    logits = run.forward(run.network(), run.inputs[:4])
    run.descend(run.network(), torch.nn.functional.cross_entropy(100 * logits, run.labels[:4]))
    moved = torch.cat([(value - before[name]).flatten() for name, value in weights(run).items()])
    assert moved.norm().item() == pytest.approx(bound, rel=1e-3)
