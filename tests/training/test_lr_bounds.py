"""Where accuracy starts to rise and where that ends, on curves made up for it."""

import pytest

from sat_sweep.training.lr_bounds import bounds, centred_means, places
from sat_sweep.training.lr_range import Curve, Point

RISING = [0.1, 0.1, 0.12, 0.2, 0.4, 0.7, 0.88, 0.9]


def curve(accuracies, start=0.1, examples=10_000, exploded=False):
    """Accuracies at rates that double."""
    points = tuple(Point(2.0**place, 1.0, accuracy) for place, accuracy in enumerate(accuracies))
    return Curve(points, start, examples, exploded)


def test_means_are_centred_and_shorter_towards_both_ends():
    assert centred_means([1.0, 2.0, 6.0, 4.0, 7.0, 0.0]) == pytest.approx([1.0, 3.0, 4.0, 3.8, 11 / 3, 0.0])
    assert centred_means([]) == []


@pytest.mark.parametrize(("levels", "expected"), [
    ([*RISING, 0.9, 0.5], (3, 7)),                            # a tenth of 0.8 above the start is 0.18, 98 % is 0.884
    ([*RISING[:-2], 0.75, 0.65, 0.9, 0.2], (3, 6)),           # ragged: 0.65 is more than 0.08 below 0.75
    ([*RISING[:-2], 0.75, 0.68, 0.9, 0.2], (3, 8)),           # 0.68 is not
    ([0.1, 0.3, 0.12, 0.2, 0.9], (3, 4)),                     # what falls back to the start has not started to rise
    ([0.5, 0.9, 0.3], (0, 1)),                                # it rises from the first rate on
    ([0.1, 0.2, 0.5], (1, 2)),                                # and to the last
])
def test_where_it_rises_and_where_that_ends(levels, expected):
    assert places(levels, start=0.1) == expected


def test_bounds_are_the_rates_there():
    found = bounds(curve([0.1] * 5 + [0.5] * 5 + [0.9] * 5 + [0.1] * 5))
    assert found == (2.0**4, 2.0**12, False, False)


def test_what_goes_on_beyond_the_test_is_told():
    assert bounds(curve([0.5] * 5 + [0.7] * 3 + [0.9]))[2:] == (True, True)


def test_a_jump_within_a_point_still_gives_two_rates():
    assert bounds(curve([0.1, 0.9]))[:2] == (1.0, 2.0)


@pytest.mark.parametrize(("examples", "clear"), [(100, False), (400, True)])
def test_no_suggestion_where_a_rise_may_be_chance(examples, clear):
    """Three standard errors of an accuracy near a half are 0.15 with 100 examples, and 0.075 with 400."""
    assert (bounds(curve([0.1] * 5 + [0.2] * 5, examples=examples)) is not None) == clear


def test_no_suggestion_without_a_point():
    assert bounds(curve([])) is None
