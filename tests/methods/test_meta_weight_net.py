"""Meta-Weight-Net: its gradient against differences, its Adam against torch's, and what a step leaves alone."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods.meta_weight_net import SHAPES, meta_gradient, weigh
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun

DATA = {"name": "digits", "subset": 300, "trusted": 40}


def omega_of(seed):
    generator = torch.Generator().manual_seed(seed)
    return {name: 0.5 * torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in SHAPES.items()}


def test_the_weighing_network_is_one_hidden_layer_and_a_sigmoid():
    omega, losses = omega_of(0), torch.tensor([0.0, 0.7, 5.0], dtype=torch.float64)
    network = torch.nn.Sequential(torch.nn.Linear(1, 100), torch.nn.ReLU(), torch.nn.Linear(100, 1), torch.nn.Sigmoid())
    network.double().load_state_dict({"0.weight": omega["hidden.weight"], "0.bias": omega["hidden.bias"],
                                      "2.weight": omega["out.weight"], "2.bias": omega["out.bias"]})
    torch.testing.assert_close(weigh(losses, omega), network(losses[:, None])[:, 0])


def test_the_gradient_is_that_of_the_trusted_loss_after_a_plain_step():
    generator = torch.Generator().manual_seed(1)
    inputs, clean = (torch.randn(count, 2, generator=generator, dtype=torch.float64) for count in (6, 4))
    labels, true = torch.tensor([0, 1, 1, 0, 1, 0]), torch.tensor([0, 1, 1, 0])
    parameters = {"weight": torch.randn(2, 2, generator=generator, dtype=torch.float64, requires_grad=True)}

    def trusted_after(omega):
        losses = cross_entropy(inputs @ parameters["weight"].T, labels, reduction="none")
        (step,) = torch.autograd.grad((weigh(losses.detach(), omega) * losses).mean(), parameters["weight"])
        return cross_entropy(clean @ (parameters["weight"] - 0.5 * step).T, true).item()

    omega = omega_of(2)

    def losses(own):
        return cross_entropy(inputs @ own["weight"].T, labels, reduction="none")

    found = meta_gradient(
        parameters, {name: value.clone().requires_grad_() for name, value in omega.items()}, losses(parameters), losses,
        lambda moved: cross_entropy(clean @ moved["weight"].T, true), 0.5)
    for name, place in (("out.bias", (0,)), ("out.weight", (0, 7)), ("hidden.bias", (3,)), ("hidden.weight", (9, 0))):
        up, down = ({**omega, name: omega[name].clone()} for _ in range(2))
        up[name][place] += 1e-5
        down[name][place] -= 1e-5
        assert found[name][place].item() == pytest.approx((trusted_after(up) - trusted_after(down)) / 2e-5, rel=1e-5)


@pytest.fixture
def run(trial):
    setup = Trial(trial("meta_weight_net", dataset=DATA))
    started = TrainingRun(setup.spec, setup.data, setup.method)
    setup.method.begin_epoch(started)
    return started


def test_what_the_weighing_network_learns_changes_neither_weights_nor_running_statistics(run):
    network, batch = run.network(), next(run._batches(1))
    network.module.train()
    losses = cross_entropy(run.forward(network, batch.inputs), batch.labels, reduction="none")
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    weights = run.method.algorithm.memory["out.weight"].clone()
    run.method.algorithm._learn(run, batch, losses)
    assert not torch.equal(weights, run.method.algorithm.memory["out.weight"])
    assert all(torch.equal(before[name], value) for name, value in network.module.state_dict().items())
