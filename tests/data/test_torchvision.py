"""How what torchvision reads becomes a source; stand-ins of the same shape take the place of its files."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sat_sweep.data.sources._torchvision import TorchvisionSpec
from sat_sweep.data.sources.cifar100 import SUPERCLASSES, next_in_superclass
from tests.data.making import spec

CIFAR10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
STL10 = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"]
FINE = sorted(name for superclass in SUPERCLASSES for name in superclass.split())


def colour(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


FILES = {
    "cifar10": SimpleNamespace(data=colour(6, 32, 32, 3), targets=[0, 1, 2, 3, 8, 9], classes=CIFAR10),
    "cifar100": SimpleNamespace(data=colour(6, 32, 32, 3), targets=[0, 1, 2, 3, 4, 99], classes=FINE),
    "fashion_mnist": SimpleNamespace(
        data=torch.from_numpy(colour(6, 28, 28)), targets=torch.arange(6), classes=list("abcdefghij")),
    "svhn": SimpleNamespace(data=colour(6, 3, 32, 32), labels=np.arange(6)),
    "stl10": SimpleNamespace(data=colour(6, 3, 96, 96), labels=np.arange(6, dtype=np.uint8), classes=STL10),
}


@pytest.fixture(params=FILES)
def source(request, monkeypatch):
    monkeypatch.setattr(TorchvisionSpec, "open", lambda self, dataset, **split: FILES[request.param])
    return spec(request.param).source()


def test_images_are_bytes_with_channels_first(source):
    assert source.images.dtype == torch.uint8
    assert source.images.shape[1] in (1, 3)
    assert source.images.shape[2] == source.images.shape[3]
    assert torch.equal(source.images, source.test_images)


def test_labels_are_int64_below_the_number_of_classes(source):
    assert source.labels.dtype == source.test_labels.dtype == torch.int64
    assert len(source.labels) == len(source.images)
    assert source.labels.max() < len(source.class_names)


@pytest.mark.parametrize(("name", "expected"), [
    ("cifar10", {"truck": "automobile", "bird": "airplane", "deer": "horse", "cat": "dog", "dog": "cat"}),
    ("stl10", {"truck": "car", "bird": "airplane", "deer": "horse", "cat": "dog", "dog": "cat"}),
    ("svhn", {"2": "7", "3": "8", "5": "6", "6": "5", "7": "1"}),
])
def test_confusable_classes_are_the_published_pairs(name, expected, monkeypatch):
    monkeypatch.setattr(TorchvisionSpec, "open", lambda self, dataset, **split: FILES[name])
    source = spec(name).source()
    names = source.class_names
    assert {names[true]: names[given] for true, given in source.confusions.items()} == expected


def test_superclasses_of_cifar100_are_circles_of_five_through_every_class():
    pairs = next_in_superclass(tuple(FINE))
    assert sorted(pairs) == sorted(pairs.values()) == list(range(100))
    assert pairs[FINE.index("whale")] == FINE.index("beaver")
    after = FINE.index("bicycle")
    for _ in range(5):
        after = pairs[after]
    assert FINE[after] == "bicycle"
