"""DivideMix's parts by hand: the mixture, sharpening, the loss, and what a batch is held to."""

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from sat_sweep.methods.dividemix import dividemix_loss, sharpened, warm_up_loss
from sat_sweep.methods.mixture import lower_component
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax
from tests.methods.runs import begin, run_of


def test_the_mixture_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    losses = np.concatenate([random.normal(0.3, 0.1, 600), random.normal(2.5, 0.5, 400)])
    scaled = ((losses - losses.min()) / np.ptp(losses))[:, None]
    start = np.array([[scaled[scaled <= scaled.mean()].mean()], [scaled[scaled > scaled.mean()].mean()]])
    theirs = GaussianMixture(2, max_iter=100, tol=1e-6, reg_covar=5e-4, means_init=start).fit(scaled)
    expected = theirs.predict_proba(scaled)[:, theirs.means_.argmin()]
    found = lower_component(torch.from_numpy(losses))
    assert np.abs(found.numpy() - expected).max() < 0.02
    assert (found[:600] > 0.5).float().mean() > 0.99
    assert (found[600:] < 0.5).float().mean() > 0.99


def test_equal_losses_are_one_component():
    found = lower_component(torch.full((5,), 0.7))
    assert torch.isfinite(found).all()


def test_sharpening_by_hand():
    p = torch.tensor([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(sharpened(p, 0.5)[0], torch.tensor([0.25, 0.09, 0.04], dtype=torch.float64) / 0.38)
    torch.testing.assert_close(sharpened(p, 0.5)[1], p[1])
    torch.testing.assert_close(sharpened(p, 1.0), p)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_loss_and_gradient(logits):
    targets, labelled = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.0, 0.5, 0.5]]), np.array([True, False, True])
    log_p = log_softmax(logits)
    p, mean = np.exp(log_p), np.exp(log_p).mean(axis=0)
    supervised = -(targets * log_p).sum(axis=1)[labelled].mean()
    unsupervised = ((p - targets) ** 2).mean(axis=1)[~labelled].mean()
    value, gradient = computed(
        lambda z, _: dividemix_loss(z, torch.tensor(targets), torch.tensor(labelled), 25.0), logits)
    assert value == pytest.approx(supervised + 25 * unsupervised + (np.log(1 / 3 / mean) / 3).sum(), rel=1e-12)
    pull = np.where(labelled[:, None], (p - targets) / 2, 0)
    apart = 2 / 3 * (p - targets) * ~labelled[:, None] * 25 - 1 / 9 / mean
    expected = pull + p * (apart - (p * apart).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-12)


def test_a_class_that_nobody_predicts_leaves_a_finite_slope():
    logits = torch.tensor([[120.0, 0.0, -120.0]] * 2, requires_grad=True)
    loss = dividemix_loss(logits, torch.full((2, 3), 1 / 3), torch.tensor([True, False]), 25.0)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("penalty", [False, True])
def test_warming_up(penalty):
    log_p = log_softmax(LOGITS["usual"])
    value, _ = computed(warm_up_loss, LOGITS["usual"], penalty=penalty)
    entropy = -(np.exp(log_p) * log_p).sum(axis=1).mean()
    assert value == pytest.approx(-log_p[np.arange(3), LABELS].mean() - penalty * entropy, rel=1e-12)


def test_each_network_is_held_to_what_the_other_has_divided(trial):
    run = run_of(trial("dividemix", epochs=6, **{"dividemix.start_epoch": 2}), trained=2)
    begin(run, 3)
    algorithm, batch = run.method.algorithm, next(run._batches(3))
    for name in ("main", "peer"):
        losses = torch.nn.functional.cross_entropy(run.training_logits(name), run.labels, reduction="none")
        torch.testing.assert_close(algorithm.memory[f"clean/{name}"], lower_component(losses))
    algorithm.memory["clean/peer"] = torch.zeros_like(algorithm.memory["clean/peer"])
    algorithm.memory["clean/peer"][batch.index[:10]] = 0.75
    for network in run.networks.values():
        network.module.train()
    _, targets, labelled = algorithm._believed(run, batch, (batch.inputs, batch.inputs), "main")
    assert labelled.nonzero()[:, 0].tolist() == list(range(10))
    own, peer = (run.network(name).module(batch.inputs).softmax(dim=1) for name in ("main", "peer"))
    given = torch.nn.functional.one_hot(batch.labels, 10)
    torch.testing.assert_close(targets[:10], sharpened(0.75 * given + 0.25 * own, 0.5)[:10])
    torch.testing.assert_close(targets[10:], sharpened((own + peer) / 2, 0.5)[10:])


def test_the_weight_of_what_is_guessed_rises(trial):
    given = {"dividemix.start_epoch": 2, "dividemix.ramp": 4, "dividemix.lambda_u": 20.0}
    method = run_of(trial("dividemix", epochs=9, **given)).method.algorithm
    acting = [method.influence(epoch, ()).get("lambda_u") for epoch in range(1, 9)]
    assert acting == [None, None, 5.0, 10.0, 15.0, 20.0, 20.0, 20.0]
