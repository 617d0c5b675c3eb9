"""SOP against NumPy: its loss, who follows which term, and the steps of what it remembers."""

import numpy as np
import pytest
import torch

from sat_sweep.methods import Composition, Setting
from sat_sweep.methods.sop import FLOOR, SPREAD, sop_loss
from sat_sweep.methods.tools import Batch
from sat_sweep.tasks.classification import Classification
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax

U = np.array([[0.3], [0.6], [1.2]])
V = np.array([[0.7, 0.2, 0.4], [0.1, 0.5, 0.9], [0.6, 1.1, 0.3]])
NOTHING = np.zeros((3, 1)), np.zeros((3, 3))


def parts(logits, u, v):
    """p + U - V, what is predicted as one-hot plus U - V minus the label, and whether U and V are below their bound."""
    label = np.eye(3)[LABELS]
    more, less = u**2 * label, v**2 * (1 - label)
    shift = np.minimum(more, 1) - np.minimum(less, 1)
    apart = np.eye(3)[logits.argmax(axis=1)] + shift - label
    return np.exp(log_softmax(logits)) + shift, apart, (u**2 <= 1)[:, 0], less <= 1


def by_hand(logits, u, v):
    """Value, and gradients of logits and u through the first term and of v through the second."""
    explained, apart, u_moves, v_moves = parts(logits, u, v)
    rows, p, kept = np.arange(3), np.exp(log_softmax(logits)), np.maximum(explained, FLOOR)
    total = kept.sum(axis=1)
    of_label = kept[rows, LABELS] / total
    pull = (1 / total[:, None] - np.eye(3)[LABELS] / kept) * (explained > FLOOR) * (of_label > FLOOR)[:, None]
    slopes = p * (pull - (p * pull).sum(axis=1, keepdims=True)) / 3
    u_slopes = (2 * u[:, 0] * pull[rows, LABELS] * u_moves / 3)[:, None]
    v_slopes = -4 * v * apart * (1 - np.eye(3)[LABELS]) * v_moves / 3
    return -np.log(np.maximum(of_label, FLOOR)).mean() + (apart**2).sum(axis=1).mean(), slopes, u_slopes, v_slopes


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize(("u", "v"), [NOTHING, (U, V), (U / 100, V), (U, V / 100)])
def test_loss_and_gradients(logits, u, v):
    leaves = [torch.tensor(each, requires_grad=True) for each in (logits, u, v)]
    loss = sop_loss(leaves[0], torch.tensor(LABELS), *leaves[1:])
    loss.backward()
    value, *slopes = by_hand(logits, u, v)
    assert loss.item() == pytest.approx(value, rel=1e-12)
    for leaf, slope in zip(leaves, slopes, strict=True):
        np.testing.assert_allclose(leaf.grad.numpy(), slope, rtol=1e-7, atol=1e-13)


def test_without_u_and_v_it_is_cross_entropy_and_twice_the_share_of_labels_that_are_not_predicted():
    logits = LOGITS["usual"]  # predicts 0, 2 and 1 for the labels 0, 1 and 2
    value, slopes = computed(lambda z, y: sop_loss(z, y, *map(torch.tensor, NOTHING)), logits)
    log_p = log_softmax(logits)
    assert value == pytest.approx(-log_p[np.arange(3), LABELS].mean() + 2 * 2 / 3, rel=1e-12)
    np.testing.assert_allclose(slopes, (np.exp(log_p) - np.eye(3)[LABELS]) / 3, rtol=1e-9)


def test_a_label_that_u_explains_no_longer_pulls():
    """Its q_y is 1 / 2 at least, and the second term vanishes where v has taken the prediction away as well."""
    logits, labels = torch.tensor([[0.0, 9.0]], dtype=torch.float64, requires_grad=True), torch.tensor([0])
    one = torch.ones(1, 1, dtype=torch.float64)
    plain = sop_loss(logits, labels, 0 * one, torch.zeros_like(logits))
    explained = sop_loss(logits, labels, one, torch.tensor([[0.0, 1.0]], dtype=torch.float64))
    assert explained.item() == pytest.approx(0, abs=2e-4)
    pulls = [torch.autograd.grad(loss, logits)[0].abs().max() for loss in (plain, explained)]
    assert pulls[0] > 0.9
    assert pulls[1] < 2e-4


class Training:
    """A run as far as the method reads it before an epoch."""

    labels = torch.arange(300) % 3
    epoch = 1


def method_of(seed=0, **parameters):
    setting = Setting(9, 1, 300, 3, seed, Classification().selection)
    method = Composition("sop", {f"sop.{name}": value for name, value in parameters.items()}, setting).algorithm
    method.begin_epoch(Training())
    return method


def test_u_and_v_begin_near_zero_by_seed():
    memories = [method_of(seed).memory for seed in (0, 0, 1)]
    assert [memories[0][name].shape for name in ("u", "v")] == [(300, 1), (300, 3)]
    assert [memories[0][name].std().item() for name in ("u", "v")] == pytest.approx([SPREAD] * 2, rel=0.1)
    assert torch.equal(memories[0]["v"], memories[1]["v"])
    assert not torch.equal(memories[0]["v"], memories[2]["v"])
    assert not torch.equal(memories[0]["v"][:, :1], memories[0]["u"])


def test_their_steps_are_plain_descent_at_rates_of_their_own():
    method = method_of(lr_u=3.0, lr_v=5.0)
    method.memory |= {"u": 0.1 + method.memory["u"], "v": 0.2 + method.memory["v"]}
    theirs = {name: torch.nn.Parameter(value.clone()) for name, value in method.memory.items()}
    descent = torch.optim.SGD([{"params": [theirs["u"]], "lr": 3.0}, {"params": [theirs["v"]], "lr": 5.0}])
    generator = torch.Generator().manual_seed(0)
    for index in (torch.arange(4), torch.arange(2, 9), torch.arange(4)):
        logits, labels = torch.randn(len(index), 3, generator=generator), Training.labels[index]
        descent.zero_grad()
        expected = sop_loss(logits, labels, theirs["u"][index], theirs["v"][index])
        expected.backward()
        descent.step()
        assert method.loss(logits.requires_grad_(), Batch(index, labels, torch.zeros(1)), 1).item() == expected.item()
    assert (method.memory["v"][:9] != method.memory["v"][9]).any()
    for name, value in theirs.items():
        torch.testing.assert_close(method.memory[name], value.detach())


def test_a_label_at_odds_with_what_is_predicted_is_explained_within_some_visits():
    method, batch = method_of(lr_u=0.25, lr_v=0.25), Batch(torch.tensor([0, 3]), torch.tensor([0, 0]), torch.zeros(1))
    logits = torch.tensor([[0.0, 4.0, 0.0], [4.0, 0.0, 0.0]], requires_grad=True)
    for _ in range(100):
        method.loss(logits, batch, 1)
    wrong, right = method.memory["u"][[0, 3], 0].square().tolist()
    assert wrong > 0.9
    assert right < 1e-8
    assert method.memory["v"][0].square().tolist() == pytest.approx([0, 1, 0], abs=0.1)
