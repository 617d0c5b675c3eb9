"""Risk and coverage by hand."""

import math

import pytest
import torch

from sat_sweep.tasks.selective import Selective, risks
from sat_sweep.training import epochs


def test_risks_by_hand():
    """Answered in the order 2, 0, 3, 1: right, wrong, right, wrong."""
    correct, confidence = torch.tensor([False, False, True, True]), torch.tensor([0.8, 0.1, 0.9, 0.5])
    curve = risks(correct, confidence)
    torch.testing.assert_close(curve, torch.tensor([0, 1 / 2, 1 / 3, 2 / 4]))
    assert curve.mean().item() == pytest.approx(1 / 3)


def test_aurc_is_least_where_errors_come_last():
    correct = torch.tensor([True, True, False, False])
    orders = torch.tensor([[4.0, 3, 2, 1], [1, 2, 3, 4]])
    best, worst = (risks(correct, order).mean().item() for order in orders)
    assert best == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert worst == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)


@pytest.mark.parametrize(("score", "outputs", "expected"), [
    ("max_probability", 2, [math.log(0.75), math.log(0.5)]),
    ("max_probability", 3, [math.log(0.75), math.log(0.5)]),
    ("entropy", 2, [0.75 * math.log(0.75) + 0.25 * math.log(0.25), math.log(0.5)]),
    ("abstention", 3, [-math.log(0.2), -math.log(0.6)]),
    ("abstention", 2, [math.log(0.75), math.log(0.5)]),
])
def test_confidence(score, outputs, expected):
    """Two images: probabilities (0.6, 0.2, 0.2) and (0.2, 0.2, 0.6), the last of which abstains."""
    logits = torch.tensor([[0.6, 0.2, 0.2], [0.2, 0.2, 0.6]]).log()[:, :outputs]
    torch.testing.assert_close(Selective(score=score).confidence(logits, 2), torch.tensor(expected))


@pytest.mark.parametrize("method", ["ce", "sat_selective", "deep_gamblers"])
def test_a_trial_is_judged_by_noisy_aurc(trial, method):
    spec = trial(method, epochs=8, task={"name": "selective", "coverages": [0.5, 1]})
    *_, last = epochs(spec)
    found = {name: last.metrics[name] for name in last.metrics if not name.startswith("train/")}
    assert set(found) == {"val/noisy_aurc", "val/noisy_accuracy", "test/aurc", "test/risk_at_0.5", "test/risk_at_1",
                          "test/accuracy", "epoch_seconds"}
    assert found["test/risk_at_1"] == pytest.approx(1 - found["test/accuracy"])
    first, *_ = epochs(spec.model_copy(update={"evaluate": "noisy"}))
    assert not any(name.startswith("test/") for name in first.metrics)
