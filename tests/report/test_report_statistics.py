"""Numbers worked by hand; quantiles from the printed table of Student's t."""

from __future__ import annotations

import struct

import pytest

from sat_sweep.report.statistics import Difference, holm, interval, paired, share_interval, t_quantile

SHARE = (0.0, 1.0)


def single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


@pytest.mark.parametrize(("degrees", "printed"), [(1, 12.706), (2, 4.303), (4, 2.776), (30, 2.042)])
def test_quantiles_are_those_of_the_printed_table(degrees: int, printed: float) -> None:
    assert t_quantile(degrees) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize(("share", "count", "low", "high"), [
    (0.9, 50, 0.7864, 0.9565), (1.0, 10, 0.7225, 1.0), (0.0, 10, 0.0, 0.2775), (0.5, 10_000, 0.4902, 0.5098)])
def test_the_interval_of_a_share_is_wilsons(share: float, count: int, low: float, high: float) -> None:
    assert share_interval(share, count) == pytest.approx((low, high), abs=1e-4)


def test_five_values() -> None:
    # mean 0.92; deviations -.02 -.01 0 .01 .02, squares sum to .001, / 4 = .00025, root .0158114
    # standard error .0158114 / sqrt 5 = .00707107, times 2.776445 = .0196324
    summary = interval([0.90, 0.91, 0.92, 0.93, 0.94])
    assert (summary.count, summary.mean) == (5, pytest.approx(0.92))
    assert summary.std == pytest.approx(0.0158114, abs=1e-7)
    assert summary.ci95 == pytest.approx((0.9003676, 0.9396324), abs=1e-6)


def test_two_values_have_a_wide_interval() -> None:
    # mean .85, std .0707107, standard error .05, times 12.7062 = .63531
    assert interval([0.8, 0.9]).ci95 == pytest.approx((0.21469, 1.48531), abs=1e-5)


def test_an_interval_ends_where_the_measure_does() -> None:
    # mean .9285, std .0158, half width .0112 times 12.7062 = .142: without bounds it reaches to 1.07
    low, high = interval([0.9397, 0.9173], SHARE).ci95 or (0.0, 0.0)
    assert (low, high) == (pytest.approx(0.7862, abs=1e-4), 1.0)
    assert interval([0.01, 0.05], SHARE).ci95 == (0.0, pytest.approx(0.2841, abs=1e-4))
    assert interval([0.01, 0.05], (0.0, None)).ci95 == interval([0.01, 0.05], SHARE).ci95
    assert interval([0.1, 0.9], SHARE).ci95 == SHARE


def test_bounds_leave_alone_what_lies_within() -> None:
    values = [0.90, 0.91, 0.92, 0.93, 0.94]
    assert interval(values, SHARE) == interval(values)


@pytest.mark.parametrize("bounds", [SHARE, (0.0, None), (None, None)])
def test_differences_go_no_further_than_two_values_can_lie_apart(bounds: tuple[float | None, float | None]) -> None:
    # differences .95 and .05: mean .5, standard error .45, times 12.7062 = 5.72
    difference = paired({1: 1.0, 2: 0.9}, {1: 0.05, 2: 0.85}, bounds)
    assert difference.ci95 == ((-1.0, 1.0) if bounds == SHARE else pytest.approx((-5.2178, 6.2178), abs=1e-4))


def test_one_value_has_no_spread() -> None:
    summary = interval([0.7])
    assert (summary.count, summary.mean, summary.std, summary.ci95) == (1, 0.7, None, None)
    assert not summary.excludes_zero


def test_no_value_has_no_mean() -> None:
    assert interval([]).to_json() == {"mean": None, "std": None, "ci95": None}


def test_differences_are_paired_by_seed_not_by_order() -> None:
    # differences .10 .12 .14 at seeds 1 2 3: mean .12, std .02
    # standard error .0115470, times 4.302653 = .0496828
    ours = {3: 0.84, 1: 0.60, 2: 0.72}
    theirs = {1: 0.50, 2: 0.60, 3: 0.70}
    summary = paired(ours, theirs)
    assert (summary.count, summary.mean, summary.std) == (3, pytest.approx(0.12), pytest.approx(0.02))
    assert summary.ci95 == pytest.approx((0.0703172, 0.1696828), abs=1e-6)
    assert summary.excludes_zero


def test_pairing_sees_what_two_separate_intervals_hide() -> None:
    ours, theirs = {1: 0.51, 2: 0.71, 3: 0.911}, {1: 0.50, 2: 0.70, 3: 0.90}
    apart, together = interval(list(ours.values())), paired(ours, theirs)
    assert apart.ci95 is not None
    assert apart.ci95[0] < 0.70 < apart.ci95[1]
    assert together.excludes_zero


def test_only_common_seeds_are_compared() -> None:
    summary = paired({1: 0.9, 2: 0.8}, {2: 0.5, 3: 0.1})
    assert (summary.count, summary.mean) == (1, pytest.approx(0.3))


def test_an_interval_that_touches_zero_excludes_nothing() -> None:
    assert not paired({1: 0.52, 2: 0.47, 3: 0.53}, {1: 0.5, 2: 0.5, 3: 0.5}).excludes_zero
    assert paired({1: 0.3, 2: 0.31}, {1: 0.5, 2: 0.51}).excludes_zero


def test_the_p_value_is_that_of_a_paired_t_test() -> None:
    # differences .10 .12 .14: t = .12 / .0115470 = 10.3923 at 2 degrees of freedom;
    # for two of them P(|T| > t) = 1 - t / sqrt(2 + t^2) = 1 - 10.3923 / sqrt(110) = .0091333
    difference = paired({1: 0.60, 2: 0.72, 3: 0.84}, {1: 0.50, 2: 0.60, 3: 0.70})
    assert difference.p == pytest.approx(0.0091333, abs=1e-6)
    scipy = pytest.importorskip("scipy.stats")
    ours, theirs = [0.9, 0.85, 0.91, 0.88], [0.87, 0.86, 0.85, 0.86]
    difference = paired(dict(enumerate(ours)), dict(enumerate(theirs)))
    assert difference.p == pytest.approx(scipy.ttest_rel(ours, theirs).pvalue)


def test_without_two_seeds_there_is_no_p_value() -> None:
    assert paired({1: 0.9}, {1: 0.5}).p is None
    assert paired({}, {}).p is None


def test_equal_values_have_a_p_value_of_one() -> None:
    difference = paired({1: 0.9, 2: 0.8}, {1: 0.9, 2: 0.8})
    assert (difference.p, difference.constant) == (1.0, False)


def test_the_same_difference_at_every_seed_has_the_p_value_of_the_sign_test() -> None:
    # nothing varies, so t would be infinite; five signs that agree: 2 * (1/2)^5
    # shares of 360 images in single precision: the differences of 1/36 are equal up to rounding
    ours = {seed: single(right / 360) for seed, right in enumerate([350, 170, 31, 280, 100])}
    theirs = {seed: single(right / 360) for seed, right in enumerate([340, 160, 21, 270, 90])}
    difference = paired(ours, theirs)
    assert difference.std is not None
    assert 0 < difference.std < 1e-7
    assert (difference.constant, difference.p) == (True, 2 ** -4)


def test_holm_by_hand() -> None:
    # in order .005 .01 .03 .04, times 4 3 2 1: .02 .03 .06 .04; none below the one before it: .02 .03 .06 .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5, 0.02]) == pytest.approx([1.0, 1.0, 0.06])  # a probability ends at 1
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_equal_p_values_stay_equal() -> None:
    assert holm([0.02, 0.02, 0.5]) == pytest.approx([0.06, 0.06, 0.5])


def test_a_difference_survives_by_its_corrected_p_value() -> None:
    assert Difference(3, 0.1, 0.01, (0.05, 0.15), p=0.01, p_holm=0.049).survives
    assert not Difference(3, 0.1, 0.01, (0.05, 0.15), p=0.01, p_holm=0.051).survives
    assert not Difference(3, 0.1, 0.01, (0.05, 0.15), p=0.01).survives
