"""Small classes count as much as large ones, in the choice and in the answer, where a file asks for it."""

import pytest
import torch

from sat_sweep.conformance.tasks import CHECKS, TaskToy
from sat_sweep.data.device import DevicePart
from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.classification import BY_CLASS, Classification
from sat_sweep.training import epochs
from tests.conftest import numbers

CHOSEN = ("val/noisy_balanced_accuracy", "val/noisy_worst_class_accuracy")
TOYS = {criterion: TaskToy("classification", {"select_by": criterion}) for criterion in BY_CLASS}


def test_who_always_says_the_large_class_is_no_good():
    """Eight of class 0, two of class 1, none of class 2: (1 + 0) / 2 where accuracy says 0.8."""
    part = DevicePart(torch.eye(3)[[0] * 10], torch.tensor([0] * 8 + [1] * 2), None, None)
    evaluation = Evaluation(lambda inputs: inputs, 3, torch.Generator(), torch.zeros(1), torch.ones(1), False)
    found = Classification(select_by="balanced_accuracy").on_validation(part, evaluation)
    assert [found[name].item() for name in CHOSEN] == [0.5, 0]
    assert found["val/noisy_accuracy"].item() == pytest.approx(0.8)
    assert not set(CHOSEN) & set(Classification().on_validation(part, evaluation))


@pytest.mark.parametrize(("criterion", "chosen", "answer"), [
    (None, "val/noisy_accuracy", "test/accuracy"),
    ("balanced_accuracy", "val/noisy_balanced_accuracy", "test/balanced_accuracy"),
    ("worst_class_accuracy", "val/noisy_worst_class_accuracy", "test/worst_class_accuracy"),
])
def test_what_is_chosen_by_and_compared(criterion, chosen, answer):
    task = Classification().selecting_by(criterion)
    assert (task.selection.name, task.answer.name, task.answer.drawn) == (chosen, answer, True)


@pytest.mark.parametrize("criterion", BY_CLASS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_rule(criterion, check):
    check(TOYS[criterion])


def test_nothing_else_is_moved_by_it(trial):
    plain = numbers(epochs(trial("ce", epochs=3)))
    chosen = numbers(epochs(trial("ce", epochs=3, task={"name": "classification", "select_by": "balanced_accuracy"})))
    assert [{name: value for name, value in record.items() if name not in CHOSEN} for record in chosen] == plain
