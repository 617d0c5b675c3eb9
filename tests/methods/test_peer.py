"""Peer loss against NumPy: its bounded second term, who the peers are, and when it begins."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods import Composition, Setting
from sat_sweep.methods.peer import FLOOR, peer_loss
from sat_sweep.tasks.classification import Classification
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax

PEERS = torch.tensor([2, 1, 0])


def by_hand(logits, alpha):
    """Value and gradient; d log(p_k + f) / dz_j = p_k / (p_k + f) ([j = k] - p_j)."""
    log_p, rows, others = log_softmax(logits), np.arange(3), LABELS[PEERS.numpy()]
    p = np.exp(log_p)
    value = (-log_p[rows, LABELS] + alpha * np.log(p[rows, others] + FLOOR)).mean()
    share = (p[rows, others] / (p[rows, others] + FLOOR))[:, None]
    return value, (p - np.eye(3)[LABELS] + alpha * share * (np.eye(3)[others] - p)) / 3


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0, 5.0])
def test_loss_and_gradient(logits, alpha):
    ours = computed(lambda z, y: peer_loss(z, y, PEERS, alpha), logits)
    value, slopes = by_hand(logits, alpha)
    assert ours[0] == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(ours[1], slopes, rtol=1e-7, atol=1e-13)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_with_alpha_0_it_is_cross_entropy(logits):
    expected = cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item()
    assert computed(lambda z, y: peer_loss(z, y, PEERS, 0.0), logits)[0] == pytest.approx(expected, rel=1e-12)


def test_what_ignores_the_image_earns_nothing():
    """With alpha 1, predictions that are the same for all images have no loss, whatever they are."""
    logits = torch.tensor([[3.0, -1.0, 0.5]] * 4, dtype=torch.float64)
    loss = peer_loss(logits, torch.tensor([0, 1, 2, 2]), torch.tensor([2, 0, 3, 1]))
    assert loss.item() == pytest.approx(0, abs=1e-3)  # but for the bound


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_second_term_is_bounded(dtype):
    """Also where probabilities underflow; far below the bound it has no slope."""
    for gap in (10.0, 30.0, 1000.0):
        logits = torch.tensor([[gap, 0], [0, gap]], dtype=dtype, requires_grad=True)
        loss = peer_loss(logits, torch.tensor([0, 1]), torch.tensor([1, 0]), 2.0)
        loss.backward()
        assert 2 * math.log(FLOOR) - 0.1 <= loss.item() < -15  # bfloat16 has three digits
        assert logits.grad.isfinite().all()
    assert not logits.grad.any()


def method_of(**parameters):
    setting = Setting(300, 1, 5, 3, 0, Classification().selection)
    return Composition("peer", {f"peer.{name}": value for name, value in parameters.items()}, setting).algorithm


def test_alpha_rises_as_in_the_official_code():
    """linspace(0, 1, 20) over epochs 21 to 40 of 300."""
    method = method_of()
    assert [method.influence(epoch, ()) for epoch in (1, 21)] == [{}, {}]
    assert [method.influence(epoch, ())["alpha"] for epoch in (22, 40, 300)] == pytest.approx([1 / 19, 1, 1])
    assert method_of(alpha=0.0).influence(300, ()) == {}


def test_a_step_is_one_on_the_batch_and_on_its_labels_in_the_order_of_a_stream_of_its_own(trial):
    plain = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}}
    setup = Trial(trial("peer", epochs=4, training=plain, **{"peer.start_epoch": 1, "peer.ramp": 0, "peer.alpha": 0.7}))
    run, again = (TrainingRun(setup.spec, setup.data, setup.method) for _ in range(2))
    run.epoch = again.epoch = 2
    batch, network = next(run._batches(2)), run.network()
    run.change(learning_rate=0.1)
    peers = torch.from_numpy(again.random("peer").permutation(len(batch.labels)))
    loss = peer_loss(network.module(batch.inputs), batch.labels, peers, 0.7)
    parameters = list(network.module.parameters())
    expected = [p - 0.1 * g for p, g in zip(parameters, torch.autograd.grad(loss, parameters), strict=True)]
    found = setup.method.algorithm.update(run, batch, 2)
    torch.testing.assert_close([p.detach() for p in parameters], [value.detach() for value in expected])
    assert found.loss == loss
    assert sorted(peers.tolist()) == list(range(len(peers))) != peers.tolist()
