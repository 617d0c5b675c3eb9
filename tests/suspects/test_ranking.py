"""Scores, suggestions and objections, worked out by hand."""

import numpy as np
import pytest

from sat_sweep.suspects.draw import draws
from sat_sweep.suspects.ranking import rank
from sat_sweep.suspects.witness import percentiles, sharpened, wrongness
from tests.suspects.making import part, witness

NAN = float("nan")


@pytest.mark.parametrize(("values", "shares"), [
    ([3.0, 1.0, 2.0], [1.0, 0.0, 0.5]),
    ([1.0, 1.0, 5.0], [0.25, 0.25, 1.0]),
    ([2.0], [0.0]),
    ([NAN, 4.0, 1.0], [NAN, 1.0, 0.0]),
    ([], []),
])
def test_percentiles(values, shares):
    np.testing.assert_allclose(percentiles(np.array(values)), shares)


def test_each_part_is_ranked_by_itself_and_seeds_are_averaged():
    """Margins of what was trained on are larger: 5 is as bad there as -1 among those held out."""
    first = witness(part([0, 1, 2], [0, 0, 0], [5, 9, 7]), part([3, 4], [0, 0], [-1, 3]))
    second = witness(part([3, 4, 0], [0, 0, 0], [1, 2, 3]), part([1, 2], [0, 0], [0, 4]), seed=1)
    (draw,) = draws([first, second])
    ranking = rank(draw, "ce")
    by_logits = np.array([(1 + 0) / 2, (0 + 1) / 2, (0.5 + 0) / 2, (1 + 1) / 2, (0 + 0.5) / 2])
    np.testing.assert_allclose(ranking.score, (by_logits + 0.5) / 2)  # all probabilities are alike
    assert ranking.order.tolist() == [3, 0, 1, 2, 4]


def test_two_margins_are_averaged():
    """By logits 1, 0 and 1/2, by probabilities (0.6, -0.2, 0.1) 0, 1 and 1/2."""
    probabilities = [[0.8, 0.2, 0.0], [0.4, 0.6, 0.0], [0.5, 0.4, 0.1]]
    np.testing.assert_allclose(wrongness(part([0, 1, 2], [0, 0, 0], [-1, 3, 2], probabilities)), [0.5, 0.5, 0.5])
    np.testing.assert_allclose(wrongness(part([0, 1, 2], [1, 1, 0], [1, 3, 2], probabilities)),
                               [(1 + 1) / 2, (0 + 0) / 2, (0.5 + 0.5) / 2])


def test_an_example_that_nobody_knows_is_in_no_ranking():
    ranking = rank(draws([witness(part([0, 2], [0, 1], [1, 2]), count=3)])[0], "ce")
    assert ranking.order.tolist() == [0, 2]
    assert np.isnan(ranking.score[1])
    assert ranking.suggested[1] == -1


def test_the_suggestion_is_the_likeliest_other_label():
    probabilities = [[0.2, 0.6, 0.2], [0.7, 0.1, 0.2], [0.3, 0.3, 0.4]]
    one = witness(part([0, 1, 2], [0, 0, 2], [-1, 1, 1], probabilities))
    other = witness(part([0, 1, 2], [0, 0, 2], [-1, 1, 1], [[0.2, 0.4, 0.4], [0.7, 0.1, 0.2], [0.5, 0.1, 0.4]]), seed=1)
    ranking = rank(draws([one, other])[0], "ce")
    assert ranking.suggested.tolist() == [1, 2, 0]
    np.testing.assert_allclose(ranking.sure, [0.5 / 0.7, 0.2 / 0.9, 0.4 / 0.8])


def test_one_that_is_sure_without_reason_is_calibrated():
    """It says 0.9 of what it held out, and is right for six of ten: at the temperature that makes 0.6 of 0.9."""
    held_out = part(list(range(1, 1001)), ([0] * 6 + [1] * 4) * 100, [1] * 1000, [[0.9, 0.1, 0.0]] * 1000)
    known = witness(part([0], [1], [-1], [[0.9, 0.1, 0.0]]), held_out)
    assert known.probabilities[0].tolist() == pytest.approx([0.9, 0.1, 0.0])
    assert known.calibrated[0].tolist() == pytest.approx([0.6, 0.4, 0.0], abs=0.02)
    assert rank(draws([known])[0], "ce").sure[0] == pytest.approx(0.6, abs=0.02)
    np.testing.assert_allclose(sharpened(np.array([[0.8, 0.2]]), 0.5), [[2 / 3, 1 / 3]])


def test_all_methods_are_heard_but_one_judges():
    judge = witness(part([0, 1], [0, 1], [2, -1]), method="sat")
    other = witness(part([0, 1], [0, 1], [-2, -1]), method="ce")
    ranking = rank(draws([judge, other])[0], "sat")
    assert ranking.order.tolist() == [1, 0]
    assert ranking.objections.tolist() == [1, 2]
    assert ranking.voices.tolist() == [2, 2]
    assert {method: against.tolist() for method, (against, _) in ranking.by_method.items()} == {
        "sat": [0, 1], "ce": [1, 1]}
    with pytest.raises(ValueError, match="no confirmed trial of gce"):
        rank(draws([judge, other])[0], "gce")


def test_trials_with_the_same_labels_are_one_draw():
    one = witness(part([0, 1], [0, 1], [1, 1], true=[0, 0]), part([2], [2], [1], true=[2]))
    same = witness(part([1, 2], [1, 2], [1, 1], true=[0, 2]), part([0], [0], [1], true=[0]), seed=1)
    another = witness(part([0, 1, 2], [1, 1, 2], [1, 1, 1], true=[0, 0, 2]), seed=2)
    first, second = draws([another, same, one])
    assert first.seeds == (0, 1)
    assert second.seeds == (2,)
    assert first.wrong.tolist() == [False, True, False]
    assert second.wrong.tolist() == [True, True, False]


def test_what_nobody_knows_to_be_wrong():
    (draw,) = draws([witness(part([0, 1], [0, 1], [1, 1]))])
    assert draw.wrong is None
