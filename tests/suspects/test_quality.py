"""Recall and precision by hand, and cleanlab's own scores beside them."""

import numpy as np
import pytest

from sat_sweep.suspects.draw import draws
from sat_sweep.suspects.quality import precision_recall, quality, recall_at_rate
from tests.suspects.making import part, witness

WRONG = np.array([True, False, True, False])


@pytest.mark.parametrize(("score", "recall"), [
    ([0.9, 0.1, 0.8, 0.2], 1.0), ([0.9, 0.8, 0.1, 0.2], 0.5), ([0.1, 0.9, 0.2, 0.8], 0.0),
    ([0.9, float("nan"), float("nan"), 0.2], 1.0),
])
def test_recall_at_the_noise_rate(score, recall):
    assert recall_at_rate(np.array(score), WRONG) == recall


def test_precision_and_recall_after_each_example():
    recall, precision = precision_recall(np.array([0.9, 0.8, 0.7, 0.1]), WRONG)
    np.testing.assert_allclose(recall, [0.5, 0.5, 1, 1])
    np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3, 2 / 4])


def seed(number, margins, given, probabilities=None):
    held_out = part([2, 3], [given[2], given[3]], margins[2:], probabilities, true=[1, 1])
    return witness(part([0, 1], list(given[:2]), margins[:2], true=[0, 1]), held_out, seed=number)


def test_single_seeds_and_all_together():
    """Both find one of two wrong labels alone; together, the mean of their scores finds both."""
    given = (2, 1, 0, 1)  # 0 and 2 are wrong
    found = quality(draws([seed(0, [-1, 2, 1, 3], given), seed(1, [-1, 2, 4, 3], given)]), "ce")
    assert found.together.everything == 1.0
    assert found.everything.mean == pytest.approx(np.mean([1.0, 0.5]))
    assert found.held_out.mean == pytest.approx(np.mean([1.0, 0.0]))


def test_cleanlab_ranks_the_same_probabilities():
    """It is sure of the wrong one: 0.2 for the given label of example 2, 0.8 for that of 3."""
    pytest.importorskip("cleanlab")
    sure = [[0.2, 0.7, 0.1], [0.1, 0.8, 0.1]]
    found = quality(draws([seed(0, [-1, 2, 5, 3], (2, 1, 0, 1), sure)]), "ce")
    assert {name: summary.mean for name, summary in found.cleanlab.items()} == {
        "self_confidence": 1.0, "normalized_margin": 1.0}


def test_cleanlab_gets_the_mean_of_what_the_seeds_held_out():
    """By itself the second seed takes 3 for wrong; their mean, 0.35 and 0.5 for the given labels, points at 2."""
    pytest.importorskip("cleanlab")
    first, second = [[0.1, 0.8, 0.1], [0.1, 0.8, 0.1]], [[0.6, 0.3, 0.1], [0.4, 0.2, 0.4]]
    given = (2, 1, 0, 1)
    found = quality(draws([seed(0, [-1, 2, 3, 5], given, first), seed(1, [-1, 2, 3, 5], given, second)]), "ce")
    assert found.cleanlab["self_confidence"].mean == pytest.approx(np.mean([1.0, 0.0]))
    assert found.together.held_out == 1.0
    assert found.together.cleanlab == {"self_confidence": 1.0, "normalized_margin": 1.0}


def test_where_nobody_knows_the_truth_nothing_is_said():
    assert quality(draws([witness(part([0, 1], [0, 1], [1, 1]))]), "ce") is None
    assert quality(draws([witness(part([0, 1], [0, 1], [1, 1], true=[0, 1]))]), "ce") is None
