"""Selective classification: what confidence is, and that what is chosen is chosen on noisy validation images."""

import math
from dataclasses import replace

import pytest
import torch

from sat_sweep.data.device import DevicePart
from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.selective import CURVE, Selective
from sat_sweep.training import epochs


@pytest.mark.parametrize(("score", "outputs", "expected"), [
    ("max_prob", 2, [math.log(0.75), math.log(0.5)]),
    ("max_prob", 3, [math.log(0.75), math.log(0.5)]),
    ("entropy", 2, [0.75 * math.log(0.75) + 0.25 * math.log(0.25), math.log(0.5)]),
    ("abstain", 3, [-math.log(0.2), -math.log(0.6)]),
    ("abstain", 2, [math.log(0.75), math.log(0.5)]),
])
def test_confidence(score, outputs, expected):
    """Two images: probabilities (0.6, 0.2, 0.2) and (0.2, 0.2, 0.6), the last of which abstains."""
    logits = torch.tensor([[0.6, 0.2, 0.2], [0.2, 0.2, 0.6]]).log()[:, :outputs]
    torch.testing.assert_close(Selective(score=score).confidence(logits, 2), torch.tensor(expected))


def part(*probabilities: float, wrong: set[int] = frozenset()) -> DevicePart:
    """Images of class 0, as sure as `probabilities` say; those that are `wrong` are of class 1."""
    sure = torch.tensor(probabilities)
    labels = torch.tensor([int(place in wrong) for place in range(len(probabilities))])
    return DevicePart(torch.stack([sure, 1 - sure], dim=1).log(), labels, None, None)


VALIDATION = part(0.9, 0.8, 0.7, 0.6)
TEST = part(0.95, 0.85, 0.75, 0.65, 0.55, wrong={1, 4})


def measured(validation: DevicePart | None, test: DevicePart = TEST) -> dict[str, float]:
    evaluation = Evaluation(lambda inputs: inputs, 2, torch.Generator(), torch.zeros(1), torch.ones(1), True,
                            validation=validation)
    found = Selective(coverages=(0.5, 0.75)).on_test(test, evaluation)
    return {name: value.item() for name, value in found.items()}


def test_thresholds_are_those_of_validation_images():
    """Half of them are surer than 0.8, three quarters than 0.7."""
    found = measured(VALIDATION)
    assert [found[f"test/risk_at_{coverage}"] for coverage in (0.5, 0.75)] == pytest.approx([1 / 2, 1 / 3])
    assert [found[f"test/coverage_at_{coverage}"] for coverage in (0.5, 0.75)] == pytest.approx([2 / 5, 3 / 5])


def test_no_label_and_no_test_image_moves_a_threshold():
    """The same images are answered whatever their labels, and a further test image changes no other's answer."""
    relabelled = measured(VALIDATION, replace(TEST, labels=1 - TEST.labels))
    assert relabelled["test/coverage_at_0.5"] == measured(VALIDATION)["test/coverage_at_0.5"]
    assert measured(replace(VALIDATION, labels=1 - VALIDATION.labels)) == measured(VALIDATION)
    more = measured(VALIDATION, part(0.95, 0.85, 0.75, 0.65, 0.55, 0.99, wrong={1, 4}))
    assert more["test/coverage_at_0.5"] == pytest.approx(3 / 6)


def test_without_validation_images_there_is_no_threshold():
    found = measured(None)
    assert not [name for name in found if "_at_" in name]
    assert found["test/aurc"] == measured(VALIDATION)["test/aurc"]


def test_the_curve_ends_with_the_error():
    found = measured(VALIDATION)
    assert len(CURVE) == 20
    assert found["test/risk_curve/1"] == pytest.approx(1 - found["test/accuracy"]) == pytest.approx(2 / 5)
    assert found["test/risk_curve/0.4"] == pytest.approx(1 / 2)


@pytest.mark.parametrize("method", ["ce", "sat_selective", "deep_gamblers", "selectivenet"])
@pytest.mark.parametrize("score", ["max_prob", "abstain"])
def test_a_trial_is_judged_by_noisy_aurc(trial, method, score):
    task = {"name": "selective", "coverages": [0.5, 1], "score": score}
    spec = trial(method, epochs=8, task=task)
    *_, last = epochs(spec)
    found = {name: last.metrics[name] for name in last.metrics if not name.startswith("train/")}
    assert set(found) == {measure.name for measure in spec.task.measures} | {"epoch_seconds"}
    assert found["test/risk_curve/1"] == pytest.approx(1 - found["test/accuracy"])
    first, *_ = epochs(spec.model_copy(update={"evaluate": "noisy"}))
    assert not any(name.startswith("test/") for name in first.metrics)
