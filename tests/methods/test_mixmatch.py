"""MixMatch by hand: guesses, mixtures, and the two losses."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.mixing import draw_pairs_each, mix, mix_each
from sat_sweep.methods.mixmatch import mixmatch_loss
from sat_sweep.methods.sharpening import sharpened
from tests.methods.by_hand import log_softmax
from tests.methods.runs import begin, run_of

FEW = {"name": "digits", "subset": 300, "labelled": 50}


def test_sharpening():
    """(0.6, 0.3, 0.1) squared is (0.36, 0.09, 0.01), whose sum is 0.46; a temperature of 1 changes nothing."""
    p = torch.tensor([[0.6, 0.3, 0.1]], dtype=torch.float64)
    np.testing.assert_allclose(sharpened(p, 0.5), [[0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46]], rtol=1e-12)
    np.testing.assert_allclose(sharpened(p, 1.0), p, rtol=1e-12)
    np.testing.assert_allclose(sharpened(p, 0.01), [[1, 0, 0]], atol=1e-12)


def test_each_pair_has_its_own_share():
    values = torch.arange(12, dtype=torch.float64).view(3, 2, 2)
    partners, shares = torch.tensor([2, 0, 1]), torch.tensor([0.5, 0.75, 1.0], dtype=torch.float64)
    expected = np.stack([share * values[i].numpy() + (1 - share) * values[j].numpy()
                         for i, (j, share) in enumerate(zip([2, 0, 1], [0.5, 0.75, 1.0], strict=True))])
    np.testing.assert_allclose(mix_each(values, partners, shares), expected, rtol=1e-12)
    torch.testing.assert_close(mix_each(values, partners, torch.full_like(shares, 0.6)), mix(values, partners, 0.6))


def test_shares_are_those_of_beta_and_the_own_example_leads():
    shares, partners = draw_pairs_each(np.random.default_rng(0), 0.75, 20000)
    assert shares.min() >= 0.5
    reference = np.random.default_rng(1).beta(0.75, 0.75, 200000)
    assert shares.mean().item() == pytest.approx(np.maximum(reference, 1 - reference).mean(), abs=0.01)
    assert torch.equal(partners.sort().values, torch.arange(20000))


def test_cross_entropy_of_the_first_and_squared_distance_of_the_others():
    """Two labelled rows; squares are averaged over rows and classes."""
    logits = np.array([[1.0, 0, 2.0], [0, 0.5, 0], [3.0, 1.0, 0], [0.2, 0, 0], [0, 0, -1.0]])
    targets = np.array([[0.7, 0.3, 0], [0, 0, 1.0], [1.0, 0, 0], [0.2, 0.4, 0.4], [0.5, 0.5, 0]])
    log_p = log_softmax(logits)
    supervised = -(targets[:2] * log_p[:2]).sum(axis=1).mean()
    apart = ((np.exp(log_p[2:]) - targets[2:]) ** 2).sum() / (3 * 3)
    found = mixmatch_loss(torch.tensor(logits), torch.tensor(targets), 2, 75.0)
    np.testing.assert_allclose(found.item(), supervised + 75 * apart, rtol=1e-12)


def test_the_weight_rises_in_a_straight_line(trial):
    settings = {"mixmatch.lambda_u": 100.0, "mixmatch.ramp": 4}
    method = run_of(trial("mixmatch", dataset=FEW, **settings)).method.algorithm
    assert [method._weight(epoch) for epoch in (1, 2, 4, 6)] == [25, 50, 100, 100]
    assert method.influence(2, [])["lambda_u"] == 50


def test_a_guess_is_the_sharpened_mean_of_views_and_moves_no_statistic(trial):
    run = run_of(trial("mixmatch", dataset=FEW, model={"name": "convnet", "width": 2}))
    begin(run, 1)
    run.learning()
    network, views = run.network(), [run.inputs[:7], run.inputs[7:14]]
    before = {name: value.clone() for name, value in network.module.named_buffers()}
    assert any("running_mean" in name for name in before)
    found = run.method.algorithm._guessed(run, network, views)
    for name, value in network.module.named_buffers():
        assert torch.equal(value, before[name]), name
    p = torch.softmax(network.module(torch.cat(views)), dim=1).detach()
    torch.testing.assert_close(found, sharpened((p[:7] + p[7:]) / 2, 0.5))
    assert not found.requires_grad
