"""Mean teacher by hand."""

import math

import pytest
import torch

from sat_sweep.methods.averages import average_into
from sat_sweep.methods.mean_teacher import consistency_loss
from sat_sweep.methods.ramps import ramp_up
from sat_sweep.methods.unlabelled import unlabelled_batch
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from tests.methods.runs import begin, run_of, weights


def test_the_ramp_of_the_paper():
    """exp(-5 (1 - t)**2) at 0, 1/2 and 1."""
    assert [ramp_up(epoch, 10) for epoch in (0, 5, 10, 20)] == pytest.approx([0.0067379, 0.2865048, 1, 1], abs=1e-6)
    assert ramp_up(1, 0) == 1


def test_consistency():
    student, teacher = torch.tensor([[0.0, 0.0]]), torch.tensor([[math.log(3), 0.0]])
    assert consistency_loss(student, teacher).item() == pytest.approx(0.0625)  # ((1/2 - 3/4)**2 + (1/2 - 1/4)**2) / 2


def test_the_teacher_moves_towards_the_student():
    teacher, student = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    torch.nn.init.constant_(teacher.weight, 1.0)
    torch.nn.init.constant_(student.weight, 3.0)
    average_into(teacher, student, 0.75)
    assert teacher.weight.item() == 1.5


def test_the_teacher_is_the_mean_of_the_first_students(trial):
    """With decay min(1 - 1/(step + 1), .): after one step the mean of start and step."""
    setup = Trial(trial("mean_teacher", training={"batch_size": 300}, **{"mean_teacher.decay": 0.999}))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    start = [value.clone() for value in run.network().module.parameters()]
    run.train_epoch(1)
    means = [(before + after) / 2 for before, after in zip(start, run.network().module.parameters(), strict=True)]
    torch.testing.assert_close(list(run.network("teacher").module.parameters()), means)


def test_evaluation_sees_the_teacher(trial):
    setup = Trial(trial("mean_teacher"))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    run.train_epoch(1)
    inputs = run.data.train.inputs[:5]
    expected = run.forward(run.network("teacher"), inputs)
    assert torch.equal(setup.method.algorithm.predict(run, inputs), expected)
    assert not torch.equal(run.forward(run.network(), inputs), expected)


def test_unlabelled_examples_are_asked_to_agree_too(trial):
    """A step by hand: consistency over 64 labelled and twice as many unlabelled examples, in views of their own."""
    few = {"name": "digits", "subset": 300, "labelled": 50}
    training = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}, "batch_size": 64,
                "augmentation": "crop"}
    settings = {"mean_teacher.ratio": 2, "mean_teacher.weight": 5.0, "mean_teacher.ramp": 0}
    spec = trial("mean_teacher", dataset=few, training=training, **settings)
    run, copy = run_of(spec), run_of(spec)
    begin(run, 1)
    begin(copy, 1)
    batch, _ = next(run.steps(1))
    second = copy.views(batch)
    others = unlabelled_batch(copy, "mean_teacher", batch, 2)
    first, again = copy.views(others), copy.views(others)
    module = copy.network().module
    logits = module(torch.cat([batch.inputs, first]))
    expected = copy.network("teacher").module(torch.cat([second, again])).detach()
    apart = (logits.softmax(dim=1) - expected.softmax(dim=1)).square()
    loss = torch.nn.functional.cross_entropy(logits[:64], batch.labels) + 5 * apart.sum() / (3 * 64 * 10)
    slopes = torch.autograd.grad(loss, list(module.parameters()))
    moved = [before - 0.1 * slope for before, slope in zip(weights(copy).values(), slopes, strict=True)]
    torch.testing.assert_close(list(weights(run).values()), moved)


def test_where_all_have_labels_nothing_says_how_many_others(trial):
    assert "ratio" not in run_of(trial("mean_teacher")).method.algorithm.influence(1, [])
