"""Scores by hand."""

import pytest

from sat_sweep.tasks import Measure, Selection
from sat_sweep.tasks.classification import NOISY_ACCURACY, TEST_ACCURACY
from sat_sweep.training.record import EpochRecord, best_so_far, score, smoothed

ACCURACY = Selection(NOISY_ACCURACY)
RISK = Selection(Measure("val/risk", "val", "given", "lower", 1.0, "fraction", "risk"))


def run(selection, values, diverged=None):
    last = len(values)
    return [EpochRecord(epoch, {selection.name: value}, str(epoch), False, diverged if epoch == last else None)
            for epoch, value in enumerate(values, start=1)]


def test_smoothing_is_a_trailing_mean():
    assert smoothed([1, 2, 6], 2) == [1, 1.5, 4]


@pytest.mark.parametrize(("selection", "select", "window", "expected"), [
    (ACCURACY, "last", 1, 0.2), (ACCURACY, "best", 1, 0.9), (ACCURACY, "last", 3, 0.5), (ACCURACY, "best", 2, 0.65),
    (RISK, "last", 1, 0.2), (RISK, "best", 1, 0.2), (RISK, "best", 2, 0.4),
])
def test_score(selection, select, window, expected):
    assert score(run(selection, [0.4, 0.9, 0.2]), selection, select, window) == pytest.approx(expected)


@pytest.mark.parametrize(("selection", "worst"), [(ACCURACY, 0), (RISK, 1)])
def test_a_trial_that_broke_down_has_the_worst_score(selection, worst):
    assert score([], selection, "last", 3) == worst
    assert score(run(selection, [0.5], "the training loss is not finite"), selection, "best", 1) == worst


def test_the_first_of_equally_good_epochs_is_the_best():
    assert best_so_far(run(ACCURACY, [0.1, 0.5, 0.5, 0.2]), ACCURACY).epoch == 2
    assert best_so_far(run(RISK, [0.5, 0.1, 0.1, 0.2]), RISK).epoch == 2
    assert best_so_far([EpochRecord(1, {"test/accuracy": 1.0}, "1", False)], ACCURACY) is None


def test_nothing_is_chosen_by_true_labels():
    with pytest.raises(ValueError, match="true labels"):
        Selection(TEST_ACCURACY)
    with pytest.raises(ValueError, match="val/clean_accuracy"):
        Selection(NOISY_ACCURACY._replace(name="val/clean_accuracy", labels="true"))


def test_a_record_comes_back_as_replayed():
    record = EpochRecord(3, {"train/loss": 0.1}, "s", True)
    assert EpochRecord.from_json(record.to_json()) == record
    assert not EpochRecord.from_json(record.to_json()).trained
