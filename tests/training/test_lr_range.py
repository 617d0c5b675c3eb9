"""The schedule of rates, when a loss has exploded, and range tests of whole trials."""

import math

import pytest

from sat_sweep.training.lr_bounds import bounds
from sat_sweep.training.lr_range import POINTS, Rates, averaged, has_exploded, range_test
from sat_sweep.training.run import TrainingRun


def test_rates_rise_exponentially_or_in_a_straight_line():
    shares = (0.0, 0.25, 0.5, 1.0)
    assert [Rates(1e-4, 1.0).at(share) for share in shares] == pytest.approx([1e-4, 1e-3, 1e-2, 1.0])
    assert [Rates(0.2, 1.0, linear=True).at(share) for share in shares] == pytest.approx([0.2, 0.4, 0.6, 1.0])


def test_the_average_is_corrected_for_its_start():
    assert averaged([3.0, 3.0, 3.0]) == pytest.approx([3.0, 3.0, 3.0])
    assert averaged([1.0, 2.0])[1] == pytest.approx((0.8 * 0.2 * 1.0 + 0.2 * 2.0) / 0.36)


@pytest.mark.parametrize(("losses", "exploded"), [
    ([2.3, 1.0, 5.5], False), ([2.3, 1.0, 5.7], True), ([2.3, math.nan], True), ([2.3, math.inf], True),
    ([-15.0, -11.0], False), ([-15.0, -10.0], True),
])
def test_a_loss_explodes_two_guesses_above_its_lowest(losses, exploded):
    """With ten classes that is 2 ln 10 = 4.6, whatever sign the loss has."""
    assert has_exploded(losses, classes=10) == exploded


def trained_rates(monkeypatch, spec, rates, epochs):
    """The learning rate of every step of a range test."""
    seen = []
    original = TrainingRun.descend

    def descend(self, network, loss):
        seen.append(network.learning_rate)
        original(self, network, loss)

    monkeypatch.setattr(TrainingRun, "descend", descend)
    return seen, range_test(spec, rates, epochs)


@pytest.mark.parametrize("method", ["ce", "ce+cyclical_lr"])
def test_every_step_has_its_rate_whatever_the_schedule(trial, monkeypatch, method):
    """240 examples in batches of 32 are 8 steps an epoch."""
    rates = Rates(1e-4, 1e-2)
    seen, curve = trained_rates(monkeypatch, trial(method), rates, 2)
    assert seen == pytest.approx([rates.at(step / 16) for step in range(16)])
    assert curve.rates == pytest.approx(seen)


def test_batches_of_another_size_go_through_the_same_range(trial, monkeypatch):
    given = {"cyclical_batch_size.low": 0.5, "cyclical_batch_size.high": 0.5}
    rates = Rates(1e-4, 1e-2)
    seen, _ = trained_rates(monkeypatch, trial("ce+cyclical_batch_size", **given), rates, 2)
    assert seen == pytest.approx([rates.at(step / 30) for step in range(30)])


def test_evaluation_is_bounded(trial, monkeypatch):
    curve = range_test(trial(training={"batch_size": 4}), Rates(1e-5, 1e-4), 5)
    assert len(curve.points) == POINTS
    monkeypatch.setattr("sat_sweep.training.lr_range.EXAMPLES", 25)
    assert range_test(trial(), Rates(1e-5, 1e-4), 1).examples == 20


def test_it_starts_from_fresh_weights_each_time(trial):
    spec = trial(dataset={"name": "digits"})
    first = range_test(spec, Rates(1e-4, 1.0), 2)
    assert range_test(spec, Rates(1e-4, 1.0), 2) == first
    assert range_test(spec.model_copy(update={"seed": 1}), Rates(1e-4, 1.0), 2) != first


@pytest.mark.parametrize("method", ["ce", "sat", "co_teaching", "mean_teacher", "l2rw", "ce+weight_ema+reset"])
def test_it_finds_a_sane_range(trial, method):
    """The rates with which these methods learn digits elsewhere in these tests lie within it, or near."""
    spec = trial(method, dataset={"name": "digits", "trusted": 40}, rate=0.2)
    found = bounds(range_test(spec, Rates(1e-4, 10.0), 6))
    assert 1e-3 < found.base < 0.2
    assert 0.02 < found.max < 2.0


def test_it_ends_when_the_loss_explodes(trial):
    curve = range_test(trial(), Rates(1.0, 1e6), 3)
    assert curve.exploded
    assert len(curve.points) < 20
    assert all(math.isfinite(loss) for loss in curve.losses)


def test_no_true_label_is_read(trial):
    """The trial of a confirmation that trains on everything is tested on held-out noisy labels."""
    spec = trial()
    assert spec.evaluate == "all"
    everything = spec.model_copy(update={"train_on": "trainval"})
    rates = Rates(1e-4, 1e-1)
    assert range_test(everything, rates, 1) == range_test(spec.model_copy(update={"evaluate": "noisy"}), rates, 1)
    assert range_test(spec, rates, 1).examples == 60
