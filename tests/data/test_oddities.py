"""What is odd is told in words, with numbers counted by hand; what is not, is not."""

from __future__ import annotations

import pytest
import torch

from sat_sweep.data import Dataset, load
from sat_sweep.data.oddities import oddities
from tests.data.making import spec


def images(*values: int) -> torch.Tensor:
    """Images (1, 2, 2) with one pixel of another brightness, so that none is of one colour."""
    made = torch.zeros(len(values), 1, 2, 2, dtype=torch.uint8)
    made[:, 0, 0, 0] = torch.tensor(values, dtype=torch.uint8)
    return made


def dataset(train: torch.Tensor, labels: list[int], test: torch.Tensor | None = None) -> Dataset:
    test = images(250) if test is None else test
    test_labels = torch.zeros(len(test), dtype=torch.long)
    return Dataset(train, torch.tensor(labels), test, test_labels, ("cat", "dog"), {}, None)


PLAIN = images(*range(1, 13)), [0, 1] * 6


def test_nothing_odd_nothing_told():
    assert oddities(dataset(*PLAIN)) == []
    assert oddities(load(spec("digits"))) == []


def test_copies_are_told():
    values, labels = [*range(1, 13), 1, 1, 2], [0, 1] * 6 + [0, 1, 1]
    found = oddities(dataset(images(*values), labels, images(3, 4, 99)))
    assert found == [
        "the training set has copies of 2 of 3 test images: test accuracy is flattered",
        "copies have different labels among the training images, 1 times: not all can be right",
        "among 15 training images there are copies of others, 3 times: where the split parts them, noisy validation "
        "accuracy is flattered",
    ]


@pytest.mark.parametrize(("cats", "dogs", "told"), [
    (6, 6, []),
    (5, 6, ["classes with 5 training images or fewer, of which validation takes its part: cat (5)"]),
    (60, 6, []),
    (66, 6, ["class cat has 11 times as many training images as dog: accuracy is mostly about the large classes"]),
])
def test_few_and_uneven_classes(cats, dogs, told):
    made = dataset(images(*range(1, cats + dogs + 1)), [0] * cats + [1] * dogs)
    assert oddities(made) == told


def test_inputs_that_tell_nothing():
    blank = torch.cat([PLAIN[0], torch.full((1, 1, 2, 2), 7, dtype=torch.uint8)])
    assert oddities(dataset(blank, [*PLAIN[1], 0])) == ["training images of one colour throughout: 1"]
    rows = torch.rand(12, 9, generator=torch.Generator().manual_seed(0))
    rows[:, [0, 2, 3, 4, 5, 6, 7]] = 1.5
    assert oddities(dataset(rows, PLAIN[1], torch.rand(2, 9))) == [
        "features that are the same in every row and tell nothing, 7 of 9: 0, 2, 3, 4, 5 and 2 more"]
