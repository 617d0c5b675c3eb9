"""How the teacher weighs, what it learns through a step of the student, and what it leaves alone."""

import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods.interactive_teacher import TEACHER, teach
from sat_sweep.methods.internals import features_of, last_layer
from tests.methods.runs import run_of, weights

DATA = {"name": "digits", "subset": 300, "trusted": 40}
PLAIN = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0},
         "schedule": {"name": "constant"}}


def run(trial, **given):
    started = run_of(trial("interactive_teacher", dataset=DATA, training=PLAIN,
                           **{f"interactive_teacher.{name}": value for name, value in given.items()}))
    started.method.begin_epoch(started)
    started.network().module.train()
    return started


def test_weights_by_hand():
    omega = {"hidden.weight": torch.tensor([[1.0, 0.0], [0.0, 2.0]]), "hidden.bias": torch.tensor([0.0, -1.0]),
             "out.weight": torch.tensor([[1.0, -1.0]]), "out.bias": torch.tensor([0.5])}
    read = torch.tensor([[1.0, 1.0], [-1.0, 0.0]])  # hidden: (1, 1), (0, 0)
    torch.testing.assert_close(teach(read, omega), torch.tensor([0.5, 0.5]).sigmoid())


def test_features_are_what_the_last_layer_gets(trial):
    started = run(trial)
    module = started.network().module
    with features_of(module) as seen:
        logits = module(started.inputs[:5])
    torch.testing.assert_close(seen[0] @ module.head.weight.T + module.head.bias, logits)
    assert not seen[0].requires_grad
    module(started.inputs[:5])
    assert len(seen) == 1
    with pytest.raises(UserError, match="no linear layer"):
        last_layer(torch.nn.Conv2d(1, 1, 1))


def test_the_student_takes_a_step_on_the_weighed_mean(trial):
    started = run(trial, every=5, steps=1)
    batch, before, algorithm = next(started._batches(1)), weights(started), started.method.algorithm
    memory = {name: value.clone() for name, value in algorithm.memory.items()}
    _, losses, weighed = algorithm._weighed(started, started.network(), batch, 1, None, memory)
    assert ((weighed > 0.8) & (weighed < 1)).all()  # near 1 at first
    slopes = torch.autograd.grad((weighed.detach() * losses).mean(), list(started.network().module.parameters()))
    algorithm.update(started, batch, 1)
    for (name, value), slope in zip(before.items(), slopes, strict=True):
        torch.testing.assert_close(weights(started)[name], value - 0.1 * slope)
    assert all(torch.equal(value, algorithm.memory[name]) for name, value in memory.items())


def test_the_teacher_learns_by_how_examples_help_the_trusted_ones(trial, monkeypatch):
    """Through one step: d/domega = -rate / B * sum_i dw_i/domega <grad l_i, grad of the trusted loss there>."""
    started = run(trial, every=1, steps=1)
    batch, before, algorithm = next(started._batches(1)), weights(started), started.method.algorithm
    batch.index, batch.labels, batch.inputs = batch.index[:6], batch.labels[:6], batch.inputs[:6]
    module, names = started.network().module, list(before)
    omega = {name: algorithm.memory[name].clone().requires_grad_() for name in TEACHER}
    _, losses, weighed = algorithm._weighed(started, started.network(), batch, 1, None, omega)
    each = [torch.autograd.grad(loss, list(module.parameters()), retain_graph=True) for loss in losses]
    moved = {name: before[name] - 0.1 * sum(weighed[i].detach() * each[i][k] for i in range(6)) / 6
             for k, name in enumerate(names)}
    leaves = {name: value.requires_grad_() for name, value in moved.items()}
    trusted = started.trusted
    chosen = torch.from_numpy(_same_generator(started).choice(40, 40, replace=False))
    there = torch.nn.functional.cross_entropy(
        torch.func.functional_call(module, leaves, trusted.inputs[chosen]), trusted.labels[chosen])
    slopes = torch.autograd.grad(there, list(leaves.values()))
    helps = torch.stack([sum((a * b).sum() for a, b in zip(own, slopes, strict=True)) for own in each])
    expected = torch.autograd.grad((-0.1 / 6 * weighed * helps.detach()).sum(), list(omega.values()))
    found = {}
    monkeypatch.setattr("sat_sweep.methods.interactive_teacher.adam_step",
                        lambda memory, gradients, rate: found.update(gradients))
    algorithm.update(started, batch, 1)
    for name, slope in zip(TEACHER, expected, strict=True):
        torch.testing.assert_close(found[name], slope, rtol=1e-3, atol=1e-7)
        assert slope.any()


def _same_generator(started):
    import numpy as np

    from sat_sweep.seeds import derive

    return np.random.default_rng(derive(started.spec.seed, "interactive_teacher", started.epoch))


def test_in_a_short_epoch_the_teacher_learns_once(trial):
    started = run(trial, every=100, steps=2)
    for batch in started._batches(1):
        started.method.algorithm.update(started, batch, 1)
    assert started.method.memory["interactive_teacher.steps"] == 1


def test_learning_leaves_the_student_where_it_is(trial):
    taught, alone = run(trial, every=2, steps=2), run(trial, every=5, steps=1)
    for each in (taught, alone):
        for number, batch in enumerate(each._batches(1)):
            if number < 2:
                each.method.algorithm.update(each, batch, 1)
    assert not torch.equal(taught.method.memory["interactive_teacher.out.bias"],
                           alone.method.memory["interactive_teacher.out.bias"])
    assert all(torch.equal(value, weights(alone)[name]) for name, value in weights(taught).items())
