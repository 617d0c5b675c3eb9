"""Accuracy under corruption: measured at the end alone, by means that can be worked out."""

from __future__ import annotations

import pytest
import torch

from sat_sweep.data.corruptions import GROUPS, SEVERITIES
from sat_sweep.data.device import DevicePart
from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.classification import Classification
from sat_sweep.tasks.corrupted import AT_SEVERITY, MEASURES, corrupted_accuracies
from sat_sweep.training import epochs
from tests.conftest import numbers

LOW, HIGH = torch.tensor([-1.0]), torch.tensor([3.0])


def measured(predict) -> dict[str, float]:
    pixels = torch.rand(12, 1, 8, 8, generator=torch.Generator().manual_seed(0)).mul(255).round() / 255
    part = DevicePart(LOW + (HIGH - LOW) * pixels, torch.tensor([0, 1] * 6), None, None)
    found = corrupted_accuracies(part, Evaluation(predict, 2, torch.Generator().manual_seed(0), LOW, HIGH, True))
    return {name: float(value) for name, value in found.items()}


def test_one_that_sees_nothing_is_as_good_everywhere():
    found = measured(lambda inputs: torch.tensor([[1.0, 0.0]]).expand(len(inputs), 2))
    assert set(found) == {measure.name for measure in MEASURES}
    assert set(found.values()) == {0.5}


def test_means_are_those_of_all_cells():
    """A classifier that is right if and only if an image is as bright as it was at first: not under `brightness`."""
    limit = 0.62

    def predict(inputs: torch.Tensor) -> torch.Tensor:
        bright = ((inputs - LOW) / (HIGH - LOW)).mean(dim=(1, 2, 3)) > limit
        right = torch.tensor([0, 1] * 6)
        return torch.nn.functional.one_hot(torch.where(bright, 1 - right, right), 2).float()

    found = measured(predict)
    assert found["test/corrupted/severity/0"] == 1
    assert found["test/corrupted/contrast"] == 1
    assert found["test/corrupted/brightness"] < 1
    for group, kinds in GROUPS.items():
        assert found[f"test/corrupted/{group}"] == pytest.approx(
            sum(found[f"test/corrupted/{kind}"] for kind in kinds) / len(kinds))
    kinds = [kind for each in GROUPS.values() for kind in each]
    by_kind = sum(found[f"test/corrupted/{kind}"] for kind in kinds) / 15
    by_severity = sum(found[AT_SEVERITY[severity].name] for severity in SEVERITIES) / 5
    assert found["test/corrupted_accuracy"] == pytest.approx(by_kind)
    assert found["test/corrupted_accuracy"] == pytest.approx(by_severity)


def test_it_is_asked_for_and_changes_no_number_of_training(trial):
    asked = trial("ce", epochs=2, task=Classification(corruptions=True), model={"name": "convnet", "width": 2})
    plain = trial("ce", epochs=2, model={"name": "convnet", "width": 2})
    first, last = numbers(epochs(asked))
    names = {measure.name for measure in MEASURES}
    assert not names & set(first)
    assert names <= set(last)
    assert [first, {name: value for name, value in last.items() if name not in names}] == numbers(epochs(plain))
    assert last["test/corrupted/severity/0"] == pytest.approx(last["test/accuracy"])
    assert plain.task.digest() == Classification().digest()


def test_features_cannot_be_corrupted():
    assert Classification().misfit((64,)) is None
    assert "needs images" in Classification(corruptions=True).misfit((64,))
    assert Classification(corruptions=True).misfit((3, 32, 32)) is None
