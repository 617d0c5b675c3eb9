"""The triangular policies, against Smith's numbers and by hand; and in a run."""

import pytest

from sat_sweep.methods.cyclical_lr import cyclical_rate
from tests.methods.runs import assert_same_numbers, begin, run_of


@pytest.mark.parametrize(("iteration", "rate"), [(0, 0.001), (1000, 0.0035), (2000, 0.006), (3000, 0.0035),
                                                 (4000, 0.001), (5000, 0.0035)])
def test_triangles(iteration, rate):
    assert cyclical_rate(iteration, 0.001, 0.006, 2000) == pytest.approx(rate)


@pytest.mark.parametrize(("iteration", "rate"), [(2000, 0.006), (6000, 0.0035), (10000, 0.00225), (8000, 0.001)])
def test_triangular2_halves_each_cycle(iteration, rate):
    assert cyclical_rate(iteration, 0.001, 0.006, 2000, "triangular2") == pytest.approx(rate)


def test_exp_range_decays_per_step():
    assert cyclical_rate(2000, 0.001, 0.006, 2000, "exp_range", 0.999) == pytest.approx(0.001 + 0.005 * 0.999**2000)


def test_a_base_of_one_is_training_without(trial):
    assert_same_numbers(trial("ce+cyclical_lr", **{"cyclical_lr.base": 1.0}), trial("ce"))


def test_every_step_has_its_rate(trial):
    training = {"optimizer": {"name": "sgd", "lr": 0.4}, "schedule": {"name": "constant"}}
    given = {"cyclical_lr.base": 0.25, "cyclical_lr.half": 2, "cyclical_lr.shape": "triangular"}
    run = run_of(trial("ce+cyclical_lr", training=training, **given), trained=1)
    steps, rates = run.method.setting.steps_per_epoch, []
    begin(run, 2)
    for step in range(steps):
        rates.append(run.network().learning_rate)
        run.method.dynamics[0].after_step(run, step)
    assert rates == [pytest.approx(0.1 + 0.3 * (steps + step) / (2 * steps)) for step in range(steps)]
