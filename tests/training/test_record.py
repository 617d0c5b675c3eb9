"""Scores by hand."""

import pytest

from sat_sweep.training.record import EpochRecord, best_epoch, score, smoothed


def test_smoothing_is_a_trailing_mean():
    assert smoothed([1, 2, 6], 2) == [1, 1.5, 4]


@pytest.mark.parametrize(("select", "window", "expected"), [("last", 1, 0.2), ("best", 1, 0.9), ("last", 3, 0.5)])
def test_score(select, window, expected):
    assert score([0.4, 0.9, 0.2], select, window) == pytest.approx(expected)


def test_a_trial_without_an_epoch_has_the_worst_score():
    assert score([], "last", 3) == 0


def test_the_first_of_equally_good_epochs_is_the_best():
    assert best_epoch([0.1, 0.5, 0.5, 0.2]) == 2


def test_a_record_comes_back_as_replayed():
    record = EpochRecord(3, {"train/loss": 0.1}, "s", True)
    assert EpochRecord.from_json(record.to_json()) == record
    assert not EpochRecord.from_json(record.to_json()).trained
