"""UDA by hand: sharpened targets, the threshold, and training signal annealing."""

import math

import numpy as np
import pytest
import torch

from sat_sweep.methods.uda import annealed, annealed_loss, uda_loss
from sat_sweep.training import epochs
from tests.methods.by_hand import LABELS, log_softmax
from tests.methods.runs import run_of

FEW = {"name": "digits", "subset": 300, "labelled": 50}
WEAK = np.array([[4.0, 0, 0], [0.2, 0.4, 0.1], [0, 0, 3.0]])
STRONG = np.array([[1.0, 2.0, 0], [0, 1.0, 0], [-1.0, 0.5, 0.3]])


def test_the_divergence_from_sharpened_sure_predictions():
    """Probabilities 0.96, 0.39 and 0.91 against a threshold of 0.8; the mean is over all three."""
    weak, strong = torch.tensor(WEAK, requires_grad=True), torch.tensor(STRONG, requires_grad=True)
    loss = uda_loss(weak, strong, 0.4, 0.8)
    loss.backward()
    log_s, log_p = log_softmax(WEAK / 0.4), log_softmax(STRONG)
    each = (np.exp(log_s) * (log_s - log_p)).sum(axis=1)
    np.testing.assert_allclose(loss.item(), (each[0] + each[2]) / 3, rtol=1e-12)
    slopes = (np.exp(log_p) - np.exp(log_s)) / 3
    slopes[1] = 0
    np.testing.assert_allclose(strong.grad, slopes, atol=1e-14)
    assert weak.grad is None


def test_a_view_like_the_other_loses_nothing():
    logits = torch.tensor(WEAK)
    assert uda_loss(logits, logits, 1.0, 0.0).item() == pytest.approx(0, abs=1e-15)


def test_annealing_rises_from_chance_to_one():
    """eta of 10 classes half way: 0.5, exp(-2.5) and 1 - exp(-2.5) of the way from 0.1 to 1."""
    way = {"linear": 0.5, "exp": math.exp(-2.5), "log": 1 - math.exp(-2.5), "none": 1.0}
    for annealing, share in way.items():
        assert annealed(annealing, 0.5, 10) == pytest.approx(0.1 + 0.9 * share)
    assert annealed("linear", 1.0, 10) == annealed("exp", 1.0, 10) == 1


@pytest.mark.parametrize(("eta", "kept"), [(1.0, [0, 1, 2]), (0.9, [1, 2]), (0.5, [1, 2]), (0.12, [2]), (0.01, [])])
def test_what_is_predicted_well_is_left_out(eta, kept):
    """The labels' probabilities are 0.96, 0.14 and 0.1."""
    logits = np.array([[4.0, 0, 0], [1.0, 0, 1.3], [1.0, 0.9, -1.0]])
    log_p = log_softmax(logits)[[0, 1, 2], LABELS]
    expected = -log_p[kept].mean() if kept else 0.0
    found = annealed_loss(torch.tensor(logits), torch.tensor(LABELS), eta)
    np.testing.assert_allclose(found.item(), expected, rtol=1e-12)


def test_without_sure_predictions_it_is_cross_entropy(trial):
    """But for rounding, since the network sees more rows at a time."""
    asked = {"dataset": FEW, "epochs": 3}
    ours = list(epochs(trial("uda", **asked, **{"uda.threshold": 1.0})))
    plain = list(epochs(trial("ce", **asked)))
    assert ours[-1].metrics["train/loss"] == pytest.approx(plain[-1].metrics["train/loss"], rel=1e-4)


def test_eta_acts_and_its_name_does_not(trial):
    methods = [run_of(trial("uda", dataset=FEW, epochs=6, **{"uda.annealing": annealing})).method.algorithm
               for annealing in ("none", "linear")]
    assert [method.influence(6, [])["eta"] for method in methods] == [1, 1]
    assert [method.influence(3, [])["eta"] for method in methods] == [1, pytest.approx(0.1 + 0.9 / 2)]
