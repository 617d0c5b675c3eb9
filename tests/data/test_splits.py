from __future__ import annotations

import pytest
import torch

from sat_sweep.data.splits import stratified_split

ORDER = torch.randperm(100, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0] * 10 + [1] * 30 + [2] * 60)[ORDER]


def test_both_parts_together_are_everything_once_and_ascending():
    rest, chosen = stratified_split(LABELS, 20, seed=0)
    assert torch.equal(torch.cat([rest, chosen]).sort().values, torch.arange(100))
    assert all(torch.equal(part, part.sort().values) for part in (rest, chosen))


@pytest.mark.parametrize(("size", "shares"), [(20, [2, 6, 12]), (50, [5, 15, 30]), (0, [0, 0, 0])])
def test_every_class_keeps_its_exact_share(size, shares):
    chosen = stratified_split(LABELS, size, seed=0)[1]
    assert torch.bincount(LABELS[chosen], minlength=3).tolist() == shares


def test_shares_that_do_not_divide_are_rounded_and_add_up():
    chosen = stratified_split(LABELS, 33, seed=0)[1]
    assert torch.bincount(LABELS[chosen]).tolist() == [3, 10, 20]  # 3.3, 9.9 and 19.8


def test_the_seed_decides():
    one, same, other = (stratified_split(LABELS, 20, seed)[1] for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("size", [-1, 101])
def test_refuses_more_than_there_is(size):
    with pytest.raises(ValueError, match=r"\[0, 100\]"):
        stratified_split(LABELS, size, seed=0)
