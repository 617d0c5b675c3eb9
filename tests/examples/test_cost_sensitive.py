"""A task from a plug-in: its measure by hand, and that it decides."""

import sys

import pytest
import torch

from sat_sweep.tasks import tasks
from sat_sweep.training import epochs
from sat_sweep.training.record import score


@pytest.fixture
def spec(trial, plugin):
    return trial("ce", plugins=plugin("cost_sensitive"), epochs=8, task={"name": "cost_sensitive", "factor": 4})


def test_the_cost_by_hand(spec):
    cost = sys.modules[tasks["cost_sensitive"].__module__].mean_cost
    predictions, labels = torch.tensor([0, 1, 1, 0]), torch.tensor([0, 0, 1, 2])
    assert cost(predictions, labels, (0,), 4.0).item() == (4 + 1) / 4


def test_it_is_measured_and_decides(spec):
    records = list(epochs(spec))
    assert {"test/cost", "val/noisy_cost"} < set(records[-1].metrics)
    costs = [record.metrics["val/noisy_cost"] for record in records]
    assert score(records, spec.task.selection, "best", 1) == min(costs) < costs[0]
