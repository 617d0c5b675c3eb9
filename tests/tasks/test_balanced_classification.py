"""Small classes count as much as large ones, in the choice and in the answer."""

import pytest
import torch

from sat_sweep.data.device import DevicePart
from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.balanced_classification import BalancedClassification
from sat_sweep.training import epochs
from tests.conftest import numbers

TASK = BalancedClassification()


def on_validation(predictions: list[int], labels: list[int], true_labels: bool = False) -> dict[str, float]:
    part = DevicePart(torch.eye(3)[predictions], torch.tensor(labels), torch.tensor(predictions), None)
    evaluation = Evaluation(lambda inputs: inputs, 3, torch.Generator(), torch.zeros(1), torch.ones(1), true_labels)
    return {name: value.item() for name, value in TASK.on_validation(part, evaluation).items()}


def test_who_always_says_the_large_class_is_no_good():
    """Eight of class 0, two of class 1, none of class 2: (1 + 0) / 2 where accuracy says 0.8."""
    found = on_validation([0] * 10, [0] * 8 + [1] * 2)
    assert found["val/noisy_balanced_accuracy"] == 0.5
    assert found["val/noisy_accuracy"] == pytest.approx(0.8)
    assert "val/clean_accuracy" not in found
    assert on_validation([0] * 10, [0] * 8 + [1] * 2, true_labels=True)["val/clean_accuracy"] == 1


def test_the_choice_reads_given_labels_of_validation_and_the_answer_true_ones():
    assert (TASK.selection.name, TASK.answer.name) == ("val/noisy_balanced_accuracy", "test/balanced_accuracy")
    names = [measure.name for measure in TASK.measures]
    assert len(names) == len(set(names))


def test_a_trial_measures_what_classification_does_and_the_choice(trial):
    plain = numbers(epochs(trial("ce", epochs=3)))
    balanced = numbers(epochs(trial("ce", epochs=3, task={"name": "balanced_classification"})))
    further = [record.pop("val/noisy_balanced_accuracy") for record in balanced]
    assert balanced == plain
    assert all(0 < value < 1 for value in further)
