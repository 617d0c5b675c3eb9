"""Co-teaching+ by hand: who disagrees, who is picked of these, and what is done where nobody is."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods import Composition, Setting
from sat_sweep.methods.co_teaching_plus import co_teaching_plus_loss, smallest_among
from sat_sweep.tasks.classification import Classification
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax

PLAIN = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}, "batch_size": 30}
PEER = np.array([[0.0, 2.0, 1.0], [0.0, 1.0, 3.0], [0.0, 1.0, 4.0]])
"""Predicts 1, 2, 2; its loss is smaller on the last example than on the first."""


def steps(trial, epoch, **parameters):
    """What both networks predict for a batch of `epoch`, its labels, and their weights after a plain step on losses."""
    setup = Trial(trial("co_teaching_plus", epochs=9, training=PLAIN,
                        **{f"co_teaching_plus.{name}": value for name, value in parameters.items()}))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    for earlier in range(1, epoch):
        run.train_epoch(earlier)
    batch, networks = next(run._batches(epoch)), [run.network(), run.network("peer")]
    run.change(learning_rate=0.1)
    for network in networks:
        network.module.train()
    logits = [network.module(batch.inputs) for network in networks]
    before = [[p.detach().clone() for p in network.module.parameters()] for network in networks]

    def expected(losses):
        slopes = [torch.autograd.grad(loss, list(network.module.parameters()))
                  for network, loss in zip(networks, losses, strict=True)]
        return [[p - 0.1 * g for p, g in zip(*each, strict=True)] for each in zip(before, slopes, strict=True)]

    def after():
        setup.method.algorithm.update(run, batch, epoch)
        return [[p.detach() for p in network.module.parameters()] for network in networks]

    return logits, batch.labels, expected, after


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize(("rate", "picked"), [(0.0, [0, 2]), (0.5, [2])])
def test_loss_and_gradient(logits, rate, picked):
    """The peer disagrees on the first and the last example; of one it picks that with its own smaller loss."""
    value, ours = computed(lambda z, y: co_teaching_plus_loss(z, torch.tensor(PEER), y, rate), logits)
    log_p = log_softmax(logits)
    assert value == pytest.approx(-log_p[picked, LABELS[picked]].mean(), rel=1e-12)
    expected = np.zeros_like(logits)
    expected[picked] = (np.exp(log_p) - np.eye(3)[LABELS])[picked] / len(picked)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-15)


def test_no_gradient_flows_through_the_peer():
    logits, peer = (torch.tensor(each, requires_grad=True) for each in (LOGITS["usual"], PEER))
    co_teaching_plus_loss(logits, peer, torch.tensor(LABELS), 0.0).backward()
    assert logits.grad.abs().sum() > 0
    assert peer.grad is None


def test_where_all_agree_there_is_no_loss_and_no_slope():
    value, ours = computed(lambda z, y: co_teaching_plus_loss(z, z.detach() * 2, y, 0.2), LOGITS["extreme"])
    assert value == 0
    assert not ours.any()


def test_where_all_disagree_it_is_cross_entropy():
    logits = LOGITS["usual"]
    value, _ = computed(lambda z, y: co_teaching_plus_loss(z, -z, y, 0.0), logits)
    assert value == pytest.approx(cross_entropy(torch.tensor(logits), torch.tensor(LABELS)).item(), rel=1e-12)


@pytest.mark.parametrize(("rate", "expected"), [(0.0, [0, 2, 4]), (0.3, [0, 2]), (0.9, [2])])
def test_the_smallest_losses_are_kept_among_the_eligible_and_at_least_one(rate, expected):
    losses = torch.tensor([0.5, 0.1, 0.3, 0.2, 9.0])
    eligible = torch.tensor([True, False, True, False, True])
    assert smallest_among(losses, eligible, rate).nonzero()[:, 0].tolist() == expected


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.3, 0.45, 0.7])
def test_as_many_are_kept_as_co_teaching_keeps(rate):
    for count in range(1, 130):
        kept = smallest_among(torch.rand(count), torch.ones(count, dtype=torch.bool), rate).sum().item()
        assert kept == max(1, int((1 - rate) * count))


def test_each_network_learns_from_the_others_choice_where_they_disagree(trial):
    logits, labels, expected, after = steps(trial, 3, start_epoch=2, rate=0.5, gradual=1)
    apart = (logits[0].argmax(dim=1) != logits[1].argmax(dim=1)).nonzero()[:, 0]
    assert 3 < len(apart) < 30
    losses = [cross_entropy(each, labels, reduction="none") for each in logits]
    easy = [apart[each.detach()[apart].argsort()[:len(apart) // 2]] for each in losses]
    wanted = expected([losses[0][easy[1]].mean(), losses[1][easy[0]].mean()])
    torch.testing.assert_close(after(), wanted)


def test_up_to_start_epoch_both_learn_everything(trial):
    logits, labels, expected, after = steps(trial, 2, start_epoch=2, rate=0.5, gradual=1)
    wanted = expected([cross_entropy(each, labels) for each in logits])
    torch.testing.assert_close(after(), wanted)


def test_what_acts():
    setting = Setting(200, 1, 2, 2, 0, Classification().selection)
    method = Composition("co_teaching_plus", {}, setting).algorithm
    assert method.parameters.start_epoch == 20
    assert method.influence(20, ()) == {"warm_up": True}
    assert method.influence(21, ()) == {"forget_rate": 0.2}
