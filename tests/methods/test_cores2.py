"""CORES2 against NumPy: its bounded reward, its sieve, and when each begins."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods import Composition, Setting
from sat_sweep.methods.cores2 import FLOOR, cores2_loss
from sat_sweep.methods.ramps import linear_ramp
from sat_sweep.methods.tools import Batch
from sat_sweep.tasks.classification import Classification
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax

PRIOR = np.array([0.5, 0.3, 0.2])


def by_hand(logits, beta, sieve):
    """Value and gradient; d log(p_k + f) / dz_j = p_k / (p_k + f) ([j = k] - p_j)."""
    log_p, rows = log_softmax(logits), np.arange(3)
    p = np.exp(log_p)
    kept = log_p[rows, LABELS] > log_p.mean(axis=1) if sieve else np.ones(3, dtype=bool)
    losses = -log_p[rows, LABELS] + beta * (PRIOR * np.log(p + FLOOR)).sum(axis=1)
    pull = PRIOR * p / (p + FLOOR)
    slopes = p - np.eye(3)[LABELS] + beta * (pull - p * pull.sum(axis=1, keepdims=True))
    return (losses * kept).sum() / kept.sum(), slopes * kept[:, None] / kept.sum()


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("sieve", [False, True])
def test_loss_and_gradient(logits, beta, sieve):
    ours = computed(lambda z, y: cores2_loss(z, y, torch.tensor(PRIOR), beta, sieve), logits)
    value, slopes = by_hand(logits, beta, sieve)
    assert ours[0] == pytest.approx(value, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(ours[1], slopes, rtol=1e-7, atol=1e-13)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_without_beta_and_sieve_it_is_cross_entropy(logits):
    expected = cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item()
    assert computed(lambda z, y: cores2_loss(z, y, torch.tensor(PRIOR), 0.0), logits)[0] == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_reward_for_confidence_is_bounded(dtype):
    """Also where probabilities underflow; the further it goes, the smaller its slope."""
    slopes = []
    for gap in (10.0, 30.0, 1000.0):
        logits = torch.tensor([[gap, 0, 0]], dtype=dtype, requires_grad=True)
        loss = cores2_loss(logits, torch.tensor([0]), torch.tensor(PRIOR, dtype=dtype))
        loss.backward()
        assert 2 * math.log(FLOOR) <= loss.item() < 0
        slopes.append(logits.grad.abs().max().item())
    assert slopes[0] > 100 * slopes[1] > slopes[2] == 0


def test_the_sieve_keeps_labels_that_are_likelier_than_labels_on_average():
    """CE is 0.41, 2.41 and 1.41 for the three labels, 1.41 on average: the last is no likelier."""
    logits = torch.tensor([[2.0, 0.0, 1.0]] * 3, dtype=torch.float64)
    loss = cores2_loss(logits, torch.tensor([0, 1, 2]), torch.full((3,), 1 / 3), beta=0.0, sieve=True)
    assert loss.item() == pytest.approx(cross_entropy(logits[:1], torch.tensor([0])).item())


def test_where_nothing_is_kept_there_is_no_loss_and_no_slope():
    logits = torch.tensor([[0.0, 3.0], [4.0, 0.0]], requires_grad=True)
    loss = cores2_loss(logits, torch.tensor([0, 1]), torch.tensor([0.5, 0.5]), sieve=True)
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_the_ramp_is_a_line():
    assert [linear_ramp(epoch, 2, 4) for epoch in (1, 2, 3, 5, 6, 9)] == [0, 0, 0.25, 0.75, 1, 1]
    assert [linear_ramp(epoch, 2, 0) for epoch in (2, 3)] == [0, 1]


class Epoch:
    """A run as far as the method reads it before an epoch."""

    labels, history = torch.tensor([0, 1, 1, 0, 1]), []

    def __init__(self, epoch):
        self.epoch = epoch


def method_of(**parameters):
    setting = Setting(100, 1, 5, 3, 0, Classification().selection)
    return Composition("cores2", {f"cores2.{name}": value for name, value in parameters.items()}, setting).algorithm


def test_when_it_acts_is_as_in_the_official_code():
    """There beta is linspace(0, 2, 30) from the eleventh epoch on, and the first 31 epochs sieve nothing."""
    method = method_of()
    assert [method.influence(epoch, ()) for epoch in (1, 11)] == [{}, {}]
    found = [method.influence(epoch, ()) for epoch in (12, 31, 32, 40, 100)]
    assert [each["sieve"] for each in found] == [False, False, True, True, True]
    assert [each["beta"] for each in found] == pytest.approx([2 / 29, 40 / 29, 42 / 29, 2, 2])


def test_the_prior_is_how_often_labels_are_given():
    method = method_of(start_epoch=2, ramp=0)
    method.begin_epoch(Epoch(2))
    assert method.memory == {}
    method.begin_epoch(Epoch(3))
    torch.testing.assert_close(method.memory["prior"], torch.tensor([0.4, 0.6, 0.0]))
    logits = torch.tensor(LOGITS["usual"])
    batch = Batch(torch.arange(3), torch.tensor(LABELS), torch.zeros(3))
    assert method.loss(logits, batch, 2) == cross_entropy(logits, batch.labels)
    assert method.loss(logits, batch, 3) == cores2_loss(logits, batch.labels, method.memory["prior"], 2.0)
