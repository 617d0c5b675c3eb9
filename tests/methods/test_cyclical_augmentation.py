"""Augmentation over the cycle."""

import torch

from sat_sweep.data import augment
from sat_sweep.training import epochs
from tests.conftest import numbers
from tests.methods.runs import assert_same_numbers

CROP = {"augmentation": "crop+flip"}


def test_full_strength_is_training_without(trial):
    bounds = {"cyclical_augmentation.low": 1.0, "cyclical_augmentation.high": 1.0}
    assert_same_numbers(trial("ce+cyclical_augmentation", training=CROP, **bounds), trial("ce", training=CROP))


def test_no_strength_is_no_augmentation(trial):
    bounds = {"cyclical_augmentation.low": 0.0, "cyclical_augmentation.high": 0.0}
    weak = numbers(epochs(trial("ce+cyclical_augmentation", training=CROP, **bounds)))
    assert weak == numbers(epochs(trial("ce")))


def test_in_between_crops_move_less_and_mirroring_is_rarer():
    images = torch.arange(400 * 64, dtype=torch.float32).view(400, 1, 8, 8)
    generator = torch.Generator().manual_seed(0)
    moved = augment(images, "crop", generator, torch.tensor([-1.0]), strength=0.5)
    assert int((moved == -1).all(dim=3).sum(dim=2).max()) == 2  # of 4 rows at most
    mirrored = augment(images, "flip", generator, torch.tensor([-1.0]), strength=0.5)
    assert 0.18 < float((mirrored != images).any(dim=3).any(dim=2).float().mean()) < 0.32
