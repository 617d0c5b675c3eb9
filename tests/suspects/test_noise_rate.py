"""The estimates: confident learning by hand, the equation solved forwards and backwards, limits."""

import numpy as np
import pytest

from sat_sweep.suspects.noise_rate import confident_joint, estimate, rate_beside
from sat_sweep.suspects.witness import Witness
from sat_sweep.training.evidence import Evidence
from tests.suspects.making import part, witness


def test_confident_joint_by_hand():
    """Thresholds 0.6, 0.5 and 0.9: of the five, the fourth reaches none."""
    given = np.array([0, 0, 1, 1, 2])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.4, 0.55, 0.05], [0.3, 0.6, 0.1], [0.55, 0.4, 0.05], [0.0, 0.1, 0.9]])
    # counts: (0,0) 1, (0,1) 1, (1,1) 1, (2,2) 1; rows scaled to 2, 2 and 1 of five
    np.testing.assert_allclose(confident_joint(probabilities, given, np.ones(5)),
                               np.array([[1, 1, 0], [0, 2, 0], [0, 0, 1]]) / 5)


def test_a_class_that_nobody_is_given():
    joint = confident_joint(np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]), np.array([0, 1]), np.ones(2))
    np.testing.assert_allclose(joint, np.diag([0.5, 0.5, 0]))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.55])
@pytest.mark.parametrize("error", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("classes", [2, 10])
def test_the_equation_is_solved(rate, error, classes):
    disagrees = 1 - (1 - rate) * (1 - error) - rate * error / (classes - 1)
    assert rate_beside(disagrees, error, classes) == pytest.approx(rate)


def test_rates_stay_possible():
    assert rate_beside(0.05, 0.2, 10) == 0
    assert rate_beside(0.95, 0.9, 10) == 0  # no better than guessing
    assert rate_beside(1.0, 0.05, 2) == 1


def seeds(**rest):
    good = part([1, 2], [0, 1], [1, 1], [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]])
    return [witness(part([0], [0], [1]), good, seed=seed, **rest) for seed in (0, 1)]


def test_with_clean_test_labels_the_classifiers_error_is_taken_off():
    found = estimate(seeds(disagreement=0.3, test_error=0.1), clean_test=True)
    assert found.rate.mean == pytest.approx((0.3 - 0.1) / (1 - 0.1 - 0.1 / 2))
    assert found.bounds == pytest.approx((0.2, 0.4))
    assert found.error == pytest.approx(0.1)


def test_without_it_is_confident_learnings():
    measured = seeds(disagreement=0.3, test_error=0.1)
    for found in (estimate(measured, clean_test=False), estimate(seeds(), clean_test=True)):
        assert found.rate.mean == 0
        assert found.bounds is None
        assert found.disagrees == 0
        assert found.transition[0][0].mean == found.transition[1][1].mean == 1


def test_what_it_contradicts_is_counted_on_all_that_it_was_not_trained_on():
    wrong = part([1, 2, 3, 4], [0, 1, 0, 0], [1, 1, 1, 1], [[0.9, 0.1], [0.1, 0.9], [0.4, 0.6], [0.3, 0.7]])
    found = estimate([witness(part([0], [0], [1]), wrong)], clean_test=False)
    assert found.disagrees == 0.5
    assert found.to_json()["disagreement"] == 0.5


def test_nothing_held_out_nothing_estimated():
    assert estimate([witness(part([0], [0], [1]))], clean_test=True) is None


def test_an_example_counts_as_many_times_as_it_stands_for():
    """Of ten training examples two were held out, of which one is contradicted; of five test examples none is."""
    sure = [0.9, 0.1, 0.0]
    held_out = part([8, 9], [0, 1], [1, 1], [sure, sure])
    test = part([10, 11, 12, 13, 14], [0] * 5, [1] * 5, [sure] * 5)
    heard = Witness("ce", 0, 15, Evidence(part([0], [0], [1]), held_out, test))
    assert estimate([heard], clean_test=False).disagrees == pytest.approx(5 / 15)
