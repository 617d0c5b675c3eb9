"""L2RW against the golden values, and what its trial step leaves alone."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods.l2rw import example_weights
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun

NOISY, LABELS = torch.tensor([[1.0, 0], [1, 0], [0, 1]]), torch.tensor([0, 1, 1])
CLEAN, TRUE = torch.tensor([[1.0, 0], [0, 1]]), torch.tensor([0, 1])


def weights(labels=LABELS, inputs=NOISY):
    parameters = {"weight": torch.zeros(2, 2, requires_grad=True)}
    return example_weights(
        parameters, lambda own: cross_entropy(inputs @ own["weight"].T, labels, reduction="none"),
        lambda moved: cross_entropy(CLEAN @ moved["weight"].T, TRUE))


def test_golden_values():
    torch.testing.assert_close(weights(), torch.tensor([0.5, 0, 0.5]))


def test_where_no_example_helps_none_counts():
    torch.testing.assert_close(weights(torch.tensor([1, 1, 0])), torch.zeros(3))


def test_weights_are_worth_the_inner_product_with_the_trusted_gradient():
    """u_i = <grad f_i, grad f_trusted>, by as many backward passes."""
    torch.manual_seed(0)
    inputs, labels = torch.randn(6, 2), torch.randint(2, (6,))
    weight = torch.zeros(2, 2, requires_grad=True)
    (trusted,) = torch.autograd.grad(cross_entropy(CLEAN @ weight.T, TRUE), weight)
    losses = [cross_entropy(inputs[i:i + 1] @ weight.T, labels[i:i + 1]) for i in range(6)]
    each = [torch.autograd.grad(loss, weight)[0] for loss in losses]
    helpful = torch.stack([(own * trusted).sum() for own in each]).clamp_min(0)
    torch.testing.assert_close(weights(labels, inputs), helpful / helpful.sum())


@pytest.mark.parametrize("model", [{"name": "mlp", "width": 512}, {"name": "convnet", "width": 2},
                                   {"name": "resnet18", "width": 2}])
def test_the_trial_step_changes_neither_weights_nor_running_statistics(trial, model):
    """Also through layers that oneDNN computes, which have a derivative of their own."""
    setup = Trial(trial("l2rw", dataset={"name": "digits", "subset": 300, "trusted": 40}, model=model))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    network, batch = run.network(), next(run._batches(1))
    network.module.train()
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    found = setup.method.algorithm._weights(run, batch)
    assert found.sum().item() == pytest.approx(1)
    assert all(torch.equal(before[name], value) for name, value in network.module.state_dict().items())


def test_trusted_examples_are_right_and_cut_from_the_noisy_ones(trial):
    data = {"name": "digits", "subset": 300, "trusted": 40}
    plain, told = (Trial(trial(method, dataset=data)).data for method in ("ce", "l2rw"))
    assert len(told.train) == len(plain.train) - 40
    assert torch.equal(told.trusted.labels, told.trusted.true_labels)
    assert torch.equal(told.validation.inputs, plain.validation.inputs)
    assert plain.trusted is None


def test_who_needs_no_trusted_examples_is_the_same_run_with_and_without(trial):
    data = {"name": "digits", "subset": 300}
    roots = [Trial(trial("ce", dataset={**data, **extra})).chain.root for extra in ({}, {"trusted": 40})]
    assert roots[0] == roots[1]
    assert Trial(trial("l2rw", dataset={**data, "trusted": 40})).chain.root not in roots


def test_it_uses_nothing_but_what_was_set_aside(trial):
    with pytest.raises(Exception, match=r"dataset\.trusted"):
        next(epochs(trial("l2rw")))
