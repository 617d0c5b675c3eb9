"""Semi-supervised classification: accuracies are those of a classification, guesses are judged and judge nothing."""

from dataclasses import replace

import pytest
import torch

from sat_sweep.data.device import DevicePart, DeviceUnlabelled
from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.semi_supervised import SemiSupervised
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial, records
from sat_sweep.training.run import TrainingRun
from tests.conftest import numbers

GUESSES = torch.tensor([[0.97, 0.03], [0.04, 0.96], [0.96, 0.04], [0.6, 0.4]]).log()
TEST = DevicePart(GUESSES, torch.tensor([0, 1, 1, 0]), None, None)
FEW = {"name": "digits", "subset": 300, "labelled": 60}


def guessed(unlabelled: DeviceUnlabelled | None, **options) -> dict[str, float]:
    evaluation = Evaluation(lambda inputs: inputs, 2, torch.Generator(), torch.zeros(1), torch.ones(1), True,
                            unlabelled=unlabelled)
    found = SemiSupervised(**options).on_test(TEST, evaluation)
    return {name: value.item() for name, value in found.items() if name.startswith("train/")}


def test_guesses_by_hand():
    """Four images, three of them predicted with confidence, of which the third is of the other class."""
    found = guessed(DeviceUnlabelled(GUESSES, torch.tensor([0, 1, 1, 1])))
    assert found == pytest.approx({"train/pseudo_label_accuracy": 2 / 4, "train/confident": 3 / 4,
                                   "train/confident_error": 1 / 3})


def test_nothing_confident_is_no_error():
    found = guessed(DeviceUnlabelled(GUESSES, torch.tensor([0, 1, 1, 1])), confidence=0.99)
    assert (found["train/confident"], found["train/confident_error"]) == (0, 0)


def test_unknown_labels_leave_confidence_alone():
    assert guessed(DeviceUnlabelled(GUESSES)) == {"train/confident": 0.75}
    assert guessed(None) == {}


def test_accuracies_are_those_of_a_classification(trial):
    asked = {"dataset": FEW, "epochs": 3}
    plain, few = (numbers(epochs(trial("ce", task={"name": name}, **asked)))
                  for name in ("classification", "semi_supervised"))
    kept = [{name: value for name, value in record.items() if name in plain[0] or name in plain[-1]} for record in few]
    assert kept == plain
    assert set(few[-1]) - set(plain[-1]) == {"train/pseudo_label_accuracy", "train/confident", "train/confident_error"}


def test_labels_of_unlabelled_images_move_nothing_but_what_judges_guesses(trial):
    """With all of them replaced, weights, accuracies and confidence stay."""
    asked = {"dataset": FEW, "epochs": 3, "task": {"name": "semi_supervised"}}
    spec = trial("fixmatch", **asked, **{"fixmatch.threshold": 0.5})
    dataset = Trial(spec).dataset
    honest = Trial(spec, dataset)
    poisoned = Trial(spec, dataset)
    poisoned.data = replace(honest.data, unlabelled=replace(
        honest.data.unlabelled, true_labels=(honest.data.unlabelled.true_labels + 1) % 10))
    one, other = (numbers(records(each)) for each in (honest, poisoned))
    judged = {"train/pseudo_label_accuracy", "train/confident_error"}
    assert [{k: v for k, v in r.items() if k not in judged} for r in one] \
        == [{k: v for k, v in r.items() if k not in judged} for r in other]
    assert one[-1]["train/pseudo_label_accuracy"] != other[-1]["train/pseudo_label_accuracy"]


def test_a_search_has_no_labels_of_unlabelled_images(trial):
    spec = trial("ce", dataset=FEW, task={"name": "semi_supervised"}, evaluate="noisy", epochs=1)
    setup = Trial(spec)
    assert TrainingRun(spec, setup.data, setup.method).data.unlabelled.true_labels is None
    (only,) = epochs(spec)
    assert not any(name.startswith(("test/", "train/conf", "train/pseudo")) for name in only.metrics)
