"""Few labels: who keeps one, what is left of the others, and what is refused."""

from __future__ import annotations

import pytest
import torch

from sat_sweep.data import NoiseLevel, build_trial_data
from sat_sweep.data.device import to_device
from sat_sweep.errors import UserError
from tests.data.making import make_dataset

SYMMETRIC = NoiseLevel(kind="symmetric", label="symmetric-0.3", rate=0.3)
AS_GIVEN = NoiseLevel(kind="as_given", label="as_given")


def build(level=SYMMETRIC, *, labelled=50, seed=0, **options):
    return build_trial_data(make_dataset(), level, seed=seed, validation_fraction=0.2, labelled=labelled, **options)


def test_what_is_trained_on_is_parted_and_all_else_stays():
    few, all_of_it = build(), build(labelled=None)
    assert (len(few.train), len(few.unlabelled)) == (50, 190)
    assert all_of_it.unlabelled is None
    together = torch.cat([few.train.positions, few.unlabelled.positions]).sort().values
    assert torch.equal(together, all_of_it.train.positions)
    assert torch.equal(few.validation.positions, all_of_it.validation.positions)
    assert torch.equal(few.validation.labels, all_of_it.validation.labels)
    assert (few.error_rate, few.transition) == (all_of_it.error_rate, all_of_it.transition)


def test_labels_are_those_given_and_wrong_ones_stay_wrong():
    few, all_of_it = build(), build(labelled=None)
    given = dict(zip(all_of_it.train.positions.tolist(), all_of_it.train.labels.tolist(), strict=True))
    assert few.train.labels.tolist() == [given[place] for place in few.train.positions.tolist()]
    assert (few.train.labels != few.train.true_labels).any()


def test_they_are_stratified_exactly_by_the_given_label():
    """Each class has its share of 50 of 240, rounded down or up."""
    given = torch.bincount(build(labelled=None).train.labels)
    found = torch.bincount(build().train.labels)
    assert found.sum() == 50
    assert (found - given * 50 / 240).abs().max() < 1


def test_the_seed_decides_and_more_training_images_leave_the_noise_as_it_is():
    assert torch.equal(build(seed=3).train.positions, build(seed=3).train.positions)
    assert not torch.equal(build(seed=3).train.positions, build(seed=4).train.positions)
    everything = build(train_on="trainval")
    assert (len(everything.train), len(everything.unlabelled), everything.validation) == (50, 250, None)
    assert everything.transition == build().transition


def test_statistics_are_of_both_parts():
    few, all_of_it = build(), build(labelled=None)
    torch.testing.assert_close(few.mean, all_of_it.mean)
    torch.testing.assert_close(few.std, all_of_it.std)


@pytest.mark.parametrize(("labelled", "why"), [(4, "4 labels are fewer than the 5 classes"),
                                               (240, "240 of 240 training examples")])
def test_refuses_what_is_too_few_or_all(labelled, why):
    with pytest.raises(UserError, match=why):
        build(labelled=labelled)


def test_refuses_trusted_ones_beside_them():
    with pytest.raises(UserError, match="trusted"):
        build(trusted=10)


def test_labels_of_the_others_are_on_the_device_only_where_they_may_be_read():
    data = build()
    for with_test in (True, False):
        others = to_device(data, torch.device("cpu"), with_test=with_test).unlabelled
        assert len(others.inputs) == 190
        assert (others.true_labels is not None) is with_test
    assert to_device(build(AS_GIVEN), torch.device("cpu"), with_test=True).unlabelled.true_labels is None
    assert to_device(build(labelled=None), torch.device("cpu"), with_test=True).unlabelled is None
