"""Co-teaching by hand: who is left out, whose choice trains whom."""

import pytest
import torch

from sat_sweep.methods import Need, needs
from sat_sweep.methods.two_networks import forget_rate, small_loss
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from tests.methods.runs import run_of


def test_the_forget_rate_of_the_official_code():
    """linspace(0, 0.2, 10) over the first ten epochs, then 0.2."""
    rates = [forget_rate(epoch, 0.2, 10) for epoch in (1, 2, 6, 10, 11, 200)]
    assert rates == pytest.approx([0.0, 0.2 / 9, 1 / 9, 0.2, 0.2, 0.2])


def test_with_an_exponent_there_is_a_jump():
    assert [forget_rate(epoch, 0.5, 2, exponent=2.0) for epoch in (1, 2, 3)] == [0.0, 0.25, 0.5]
    assert forget_rate(1, 0.5, 1) == 0.0


def test_the_smallest_losses_are_kept():
    losses = torch.tensor([0.3, 9.0, 0.1, 5.0])
    assert sorted(small_loss(losses, 0.5).tolist()) == [0, 2]
    assert len(small_loss(losses, 0.99)) == 1


def test_each_network_learns_from_the_others_choice(trial):
    """By hand: one plain SGD step of each network on the examples that the other finds easiest."""
    plain = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}, "batch_size": 30}
    setup = Trial(trial("co_teaching", epochs=4, training=plain, **{"co_teaching.rate": 0.5, "co_teaching.gradual": 1}))
    run, algorithm = TrainingRun(setup.spec, setup.data, setup.method), setup.method.algorithm
    batch = next(run._batches(2))
    networks = [run.network(), run.network("peer")]
    losses = [torch.nn.functional.cross_entropy(n.module(batch.inputs), batch.labels, reduction="none")
              for n in networks]
    expected = []
    for network, own, other in zip(networks, losses, reversed(losses), strict=True):
        easy = other.detach().argsort()[:15]
        gradients = torch.autograd.grad(own[easy].mean(), list(network.module.parameters()))
        expected.append([p - 0.1 * g for p, g in zip(network.module.parameters(), gradients, strict=True)])
    assert not torch.equal(*[next(iter(n.module.parameters())) for n in networks])
    run.change(learning_rate=0.1)
    algorithm.update(run, batch, epoch=2)
    for network, values in zip(networks, expected, strict=True):
        torch.testing.assert_close(list(network.module.parameters()), values)


def test_evaluation_sees_the_mean_of_both(trial):
    setup = Trial(trial("co_teaching"))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    inputs = run.data.train.inputs[:5]
    both = [run.forward(run.network(name), inputs).softmax(dim=1) for name in ("main", "peer")]
    predicted = setup.method.algorithm.predict(run, inputs).softmax(dim=1)
    torch.testing.assert_close(predicted, (both[0] + both[1]) / 2)


def test_it_may_be_told_the_noise_rate_and_says_so(trial):
    run = run_of(trial("co_teaching", rate=0.3, **{"co_teaching.told": True, "co_teaching.gradual": 1}), trained=1)
    wrong = [part.true_labels != part.labels for part in (run.data.train, run.data.validation)]
    assert run.method.algorithm.forget_rate(2) == pytest.approx(float(torch.cat(wrong).float().mean()))
    assert needs("co_teaching", {"co_teaching.told": True}) == {Need.SECOND_NETWORK, Need.NOISE_RATE}
    assert needs("co_teaching", {"co_teaching.rate": 0.3}) == {Need.SECOND_NETWORK}
