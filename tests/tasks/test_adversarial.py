"""The attack stays where it may, and does what it should."""

import torch

from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.adversarial import Adversarial
from sat_sweep.training import epochs
from tests.conftest import numbers


def evaluation(predict, seed=0):
    """Pixels that are normalised by mean 1/2 and deviation 1/4: black is -2, white 2."""
    generator = torch.Generator().manual_seed(seed)
    return Evaluation(predict, 2, generator, torch.tensor([-2.0]), torch.tensor([2.0]), true_labels=True)


def brighter(images):
    """Class 1 is brighter than the middle."""
    light = images.flatten(1).mean(dim=1)
    return torch.stack([-light, light], dim=1)


def test_the_attack_goes_as_far_as_it_may_and_no_further():
    """epsilon 0.1 of the range 4 is 0.4; the best attack on a class-1 image darkens every pixel by that."""
    images = torch.full((3, 1, 2, 2), 0.3)
    images[0, 0, 0, 0] = -1.9
    attacked = Adversarial(epsilon=0.1, steps=20).attack(images, torch.tensor([1, 1, 0]), evaluation(brighter))
    torch.testing.assert_close(attacked[1], torch.full((1, 2, 2), -0.1))
    torch.testing.assert_close(attacked[2], torch.full((1, 2, 2), 0.7))
    assert attacked[0].min() == -2, "black is as dark as a pixel gets"


def test_robust_accuracy_counts_what_survives():
    images = torch.tensor([0.3, 0.9, -0.3, -0.9]).view(4, 1, 1, 1)
    part = type("Part", (), {"inputs": images, "labels": torch.tensor([1, 1, 0, 1])})
    found = Adversarial(epsilon=0.1, steps=20).on_test(part, evaluation(brighter))
    assert (found["test/robust_accuracy"].item(), found["test/accuracy"].item()) == (0.25, 0.75)


def test_a_network_is_less_accurate_under_attack_and_training_is_not_touched(trial):
    plain = trial("ce", epochs=6, model={"name": "convnet", "width": 4})
    attacked = plain.model_copy(update={"task": Adversarial(epsilon=0.2)})
    records = list(epochs(attacked))
    last = records[-1].metrics
    assert last["test/robust_accuracy"] < last["test/accuracy"] - 0.1
    shared = {"train/loss", "val/noisy_accuracy", "test/accuracy"}
    kept = [[{name: metrics[name] for name in shared} for metrics in numbers(run)] for run in (records, epochs(plain))]
    assert kept[0] == kept[1]
    assert numbers(records) == numbers(epochs(attacked))


def test_features_have_no_pixels():
    assert "images" in str(Adversarial().misfit((30,)))
    assert Adversarial().misfit((3, 32, 32)) is None
