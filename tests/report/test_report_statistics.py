"""Numbers worked by hand; quantiles from the printed table of Student's t."""

from __future__ import annotations

import pytest

from sat_sweep.report.statistics import interval, paired, t_quantile


@pytest.mark.parametrize(("degrees", "printed"), [(1, 12.706), (2, 4.303), (4, 2.776), (30, 2.042)])
def test_quantiles_are_those_of_the_printed_table(degrees: int, printed: float) -> None:
    assert t_quantile(degrees) == pytest.approx(printed, abs=5e-4)


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
