"""Mean teacher by hand."""

import math

import pytest
import torch

from sat_sweep.methods.averages import average_into
from sat_sweep.methods.mean_teacher import consistency_loss
from sat_sweep.methods.ramps import ramp_up
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun


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
