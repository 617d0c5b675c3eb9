"""What accuracy hides, by hand."""

import math

import pytest
import torch

from sat_sweep.tasks.by_class import calibration_error, class_accuracies
from sat_sweep.training import epochs
from tests.conftest import numbers

BEHIND = ("test/balanced_accuracy", "test/worst_class_accuracy", "test/calibration_error", "test/nll")


def test_every_class_counts_alike_and_one_that_is_absent_not_at_all():
    """Class 0: 3 of 4 right; class 1: 1 of 2; class 2 absent, though it is predicted; class 3: 1 of 1."""
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 3])
    balanced, worst = class_accuracies(torch.tensor([0, 0, 0, 2, 1, 2, 3]), labels, 4)
    assert balanced.item() == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    assert worst.item() == 1 / 2


def test_balanced_accuracy_of_equal_classes_is_accuracy():
    labels = torch.arange(5).repeat(40)
    predictions = torch.where(torch.rand(200, generator=torch.Generator().manual_seed(0)) < 0.3, 0, labels)
    balanced, worst = class_accuracies(predictions, labels, 5)
    assert balanced.item() == pytest.approx((predictions == labels).double().mean().item())
    assert worst < balanced < 1


def test_calibration_error_by_hand():
    """Bins of 1/15: 0.9 and 0.92 share one (1 of 2 right, 0.91 sure), 0.6 (wrong) and 0.75 (right) are alone."""
    sure = torch.tensor([0.9, 0.92, 0.6, 0.75])
    labels = torch.tensor([0, 1, 1, 0])
    found = calibration_error(torch.stack([sure, 1 - sure], dim=1), labels)
    assert found.item() == pytest.approx((2 * abs(0.5 - 0.91) + 0.6 + 0.25) / 4, abs=1e-6)


def test_a_bin_has_its_upper_edge():
    """2/3 is the end of bin 10; a little more is in bin 11, so that what is right cannot make up for what is wrong."""
    edge, above, labels = 2 / 3, 0.68, torch.tensor([0, 1])
    sure = torch.tensor([edge, above])
    found = calibration_error(torch.stack([sure, 1 - sure], dim=1), labels)
    assert found.item() == pytest.approx((1 - edge + above) / 2, abs=1e-6)


def test_who_is_as_sure_as_right_is_calibrated():
    probabilities = torch.tensor([[0.75, 0.25]]).repeat(4, 1)
    assert calibration_error(probabilities, torch.tensor([0, 0, 0, 1])).item() == 0
    assert calibration_error(torch.eye(2), torch.tensor([1, 0])).item() == 1


def test_a_trial_is_measured_so_and_is_otherwise_what_it_was(trial):
    """The measures move nothing: all others equal those of a task that has not got them."""
    *_, last = epochs(trial("ce", epochs=3))
    found = {name: last.metrics[name] for name in BEHIND}
    assert found["test/worst_class_accuracy"] <= found["test/balanced_accuracy"]
    assert 0 < found["test/nll"] < math.log(10) * 3
    selective = numbers(epochs(trial("ce", epochs=3, task={"name": "selective"})))[-1]
    assert last.metrics["test/accuracy"] == pytest.approx(selective["test/accuracy"], abs=1e-6)
    assert last.metrics["train/loss"] == selective["train/loss"]


def test_the_search_sees_none_of_it(trial):
    first, *_ = epochs(trial("ce", epochs=1, evaluate="noisy"))
    assert not any(name.startswith("test/") for name in first.metrics)
