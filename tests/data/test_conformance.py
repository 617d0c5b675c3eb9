"""What every dataset, kind of noise and augmentation must do: the checks of `sat_sweep.conformance`."""

from functools import cache

import pytest

from sat_sweep.conformance import augmentations as of_augmentations
from sat_sweep.conformance import datasets as of_datasets
from sat_sweep.conformance import noises as of_noises
from sat_sweep.data import augmentations, noises

OPTIONS = {
    "matrix": {"matrices": {"some": [[0.91 if true == given else 0.01 for given in range(10)] for true in range(10)]}},
    "asymmetric": {"rates": [0.0, 0.3]},
}
ELSEWHERE = ("column", "several")
"""The kind of noise that needs data which bring noisy labels, and that whose levels are of other kinds."""
dataset, noise = cache(of_datasets.DatasetToy), cache(lambda kind: of_noises.NoiseToy(kind, OPTIONS.get(kind, {})))


@pytest.mark.parametrize("check", of_datasets.CHECKS, ids=lambda check: check.__name__)
def test_rule_of_a_dataset(check):
    check(dataset("digits"))


@pytest.mark.parametrize("check", of_noises.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", [kind for kind in noises if kind not in ELSEWHERE])
def test_rule_of_noise(kind, check):
    check(noise(kind))


@pytest.mark.parametrize("check", of_augmentations.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", list(augmentations))
def test_rule_of_an_augmentation(name, check):
    check(of_augmentations.AugmentationToy(name))
