"""Rare classes: how many of each stay, which ones, and that noise and test set come after."""

import pytest
import torch

from sat_sweep.data import load
from sat_sweep.data.dataset import datasets
from sat_sweep.data.imbalance import Imbalance, kept
from sat_sweep.data.loading import training_images


def counts(labels: torch.Tensor, classes: int, **block: object) -> list[int]:
    stays = kept(labels, classes, Imbalance.model_validate(block), 0)
    assert stays.tolist() == sorted(set(stays.tolist()))
    return torch.bincount(labels[stays], minlength=classes).tolist()


def test_a_long_tail_falls_by_the_same_ratio_from_class_to_class():
    """1000 * 100^(-c / 4)."""
    labels = torch.arange(5).repeat(1000)
    assert counts(labels, 5, kind="long_tailed", factor=100) == [1000, 316, 100, 32, 10]


@pytest.mark.parametrize(("classes", "expected"), [(4, [50, 50, 5, 5]), (5, [50, 50, 50, 5, 5]), (1, [50])])
def test_a_step(classes, expected):
    assert counts(torch.arange(classes).repeat(50), classes, kind="step", factor=10) == expected


def test_of_uneven_classes_each_keeps_its_share_and_one_at_least():
    labels = torch.tensor([0] * 8 + [1] * 4 + [2] * 2)
    assert counts(labels, 3, kind="long_tailed", factor=4) == [8, 2, 1], "of two, half a one is none: one stays"
    assert counts(labels, 3, kind="step", factor=1) == [8, 4, 2]


def test_who_keeps_fewer_keeps_some_of_the_same():
    labels = torch.arange(4).repeat(100)
    few, more = (set(kept(labels, 4, Imbalance(kind="long_tailed", factor=factor), 7).tolist()) for factor in (50, 5))
    assert few < more


def digits(**options: object):
    return datasets["digits"].model_validate({"name": "digits", **options})


def test_training_is_imbalanced_and_testing_is_not():
    even, rare = load(digits()), load(digits(imbalance={"kind": "step", "factor": 10}))
    torch.testing.assert_close(rare.test_labels, even.test_labels)
    sizes, before = torch.bincount(rare.labels), torch.bincount(even.labels)
    assert sizes[:5].tolist() == before[:5].tolist()
    assert sizes[5:].tolist() == [round(size / 10) for size in before[5:].tolist()]
    assert rare.fingerprint != even.fingerprint
    assert training_images(digits(imbalance={"kind": "step", "factor": 10})) == len(rare.labels)


def test_of_a_subset_what_imbalance_leaves():
    spec = digits(subset=500, imbalance={"kind": "long_tailed", "factor": 20})
    assert torch.bincount(load(spec).labels).tolist()[0] == pytest.approx(50, abs=2)
    assert training_images(spec) == len(load(spec).labels) < 250


def test_without_it_nothing_is_written_down():
    assert "imbalance" not in digits().model_dump()
