from __future__ import annotations

import pytest
import torch

from sat_sweep.data import NoiseLevel, TrialData, build_trial_data
from sat_sweep.errors import UserError
from tests.data.making import make_dataset

SYMMETRIC = NoiseLevel(kind="symmetric", label="symmetric-0.3", rate=0.3)
GAUSSIAN = NoiseLevel(kind="gaussian", label="gaussian-0.3", rate=0.3)
CLEAN = NoiseLevel(kind="symmetric", label="symmetric-0.0", rate=0.0)
AS_GIVEN = NoiseLevel(kind="as_given", label="as_given")


def build(level: NoiseLevel = SYMMETRIC, seed: int = 0, dataset=None, **options) -> TrialData:
    return build_trial_data(dataset or make_dataset(), level, seed=seed, **{"validation_fraction": 0.2, **options})


def test_validation_comes_from_training_and_carries_the_same_noise():
    task = build()
    assert (len(task.train), len(task.validation), len(task.test)) == (240, 60, 20)
    for part in (task.train, task.validation):
        assert (part.labels != part.true_labels).double().mean().item() == pytest.approx(0.3, abs=0.12)
    assert task.error_rate == pytest.approx(0.3)


def test_every_training_image_is_in_exactly_one_part():
    together = torch.cat([build().train.inputs, build().validation.inputs]).flatten(1)
    everything = make_dataset().images.flatten(1)
    assert torch.equal(together.unique(dim=0), everything.unique(dim=0))


def test_validation_is_stratified_by_the_given_label():
    task = build()
    given = torch.bincount(torch.cat([task.train.labels, task.validation.labels]))
    assert (torch.bincount(task.validation.labels) - given / 5).abs().max() < 1


def test_trainval_trains_on_everything():
    task = build(train_on="trainval")
    assert task.validation is None
    assert len(task.train) == 300
    assert task.error_rate == pytest.approx(0.3)


def test_split_stays_where_the_noise_leaves_labels_alone():
    clean, gaussian = build(CLEAN), build(GAUSSIAN)
    assert torch.equal(clean.validation.labels, gaussian.validation.labels)
    assert gaussian.corrupted_inputs == pytest.approx(0.3)
    assert gaussian.error_rate == 0


def test_noise_draw_does_not_depend_on_the_split():
    one, half, all_in = build(), build(validation_fraction=0.5), build(train_on="trainval")
    assert one.transition == half.transition == all_in.transition


def test_the_seed_decides():
    one, same, other = build(seed=1), build(seed=1), build(seed=2)
    assert torch.equal(one.train.labels, same.train.labels)
    assert not torch.equal(one.train.inputs, other.train.inputs)


def test_test_images_and_labels_are_the_datasets():
    task = build()
    assert torch.equal(task.test.labels, make_dataset().test_labels)
    assert torch.equal(task.test.true_labels, make_dataset().test_labels)


def test_labels_as_given_leave_everything_true_unknown():
    task = build(AS_GIVEN)
    assert task.error_rate is None
    assert task.transition is None
    assert [part.true_labels for part in (task.train, task.validation, task.test)] == [None] * 3


def test_a_trusted_test_set_is_true_and_nothing_else_is():
    task = build(AS_GIVEN, dataset=make_dataset(test_is_trusted=True))
    assert torch.equal(task.test.true_labels, task.test.labels)
    assert (task.error_rate, task.train.true_labels, task.validation.true_labels) == (None, None, None)


def test_realised_transition_is_what_happened():
    column = NoiseLevel(kind="column", label="human", column="human")
    assert build(column).transition == torch.eye(5).roll(1, dims=1).tolist()


def test_statistics_are_those_of_the_training_part_alone():
    task = build()
    expected = (task.train.inputs / 255).mean(dim=(0, 2, 3))
    assert task.mean.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_class_nobody_belongs_to_keeps_its_row():
    labels = torch.arange(4).repeat(75)
    assert build(CLEAN, dataset=make_dataset(labels=labels)).transition == torch.eye(5).tolist()


@pytest.mark.parametrize("fraction", [0.001, 0.999])
def test_refuses_an_empty_part(fraction):
    with pytest.raises(UserError, match="validation_fraction"):
        build(validation_fraction=fraction)
