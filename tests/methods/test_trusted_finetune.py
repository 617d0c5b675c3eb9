"""Fine-tuning on trusted examples: plain training before, nothing of the noisy labels after."""

import torch
from torch.nn.functional import cross_entropy

from sat_sweep.methods import Batch
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from tests.conftest import numbers

DATA = {"name": "digits", "subset": 300, "trusted": 40}


def test_before_it_starts_it_is_plain_training_on_what_is_left(trial):
    tuned = list(epochs(trial("trusted_finetune", dataset=DATA, **{"trusted_finetune.start_epoch": 6})))
    setup = Trial(trial("trusted_finetune", dataset=DATA))
    assert [record.acts for record in tuned] == [False] * 6
    assert len(setup.data.train) == len(Trial(trial("ce", dataset=DATA)).data.train) - 40


def test_afterwards_given_labels_move_nothing(trial):
    def after_a_step(labels):
        setup = Trial(trial("trusted_finetune", dataset=DATA, **{"trusted_finetune.start_epoch": 0}))
        run = TrainingRun(setup.spec, setup.data, setup.method)
        run.epoch = 1
        batch = next(run._batches(1))
        setup.method.algorithm.update(run, Batch(batch.index, labels(batch.labels), batch.inputs), 1)
        return run.network().module.state_dict()

    one, other = after_a_step(lambda labels: labels), after_a_step(lambda labels: (labels + 1) % 10)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_step_is_one_down_the_loss_of_trusted_examples(trial):
    """All 40 are in every batch here, so that the step can be taken by hand."""
    training = {"batch_size": 64, "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0},
                "schedule": {"name": "constant"}}
    setup = Trial(trial("trusted_finetune", dataset=DATA, training=training, **{"trusted_finetune.start_epoch": 0}))
    run = TrainingRun(setup.spec, setup.data, setup.method)
    run.epoch, module = 1, run.network().module
    loss = cross_entropy(module(run.trusted.inputs), run.trusted.labels)
    gradients = torch.autograd.grad(loss, list(module.parameters()))
    expected = [weight.detach() - 0.1 * slope for weight, slope in zip(module.parameters(), gradients, strict=True)]
    setup.method.algorithm.update(run, next(run._batches(1)), 1)
    for weight, hoped in zip(module.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.detach(), hoped)


def test_it_learns_from_a_few_right_labels_what_many_wrong_ones_hide(trial):
    data = {"name": "digits", "subset": 1000, "trusted": 200}
    training = {"batch_size": 32, "optimizer": {"name": "sgd", "lr": 0.05}}
    *_, plain = epochs(trial("ce", dataset=data, epochs=20, rate=0.6, training=training))
    *_, tuned = epochs(trial("trusted_finetune", dataset=data, epochs=20, rate=0.6, training=training))
    assert numbers([tuned])[0]["test/accuracy"] > numbers([plain])[0]["test/accuracy"]
