"""FixMatch by hand, and what is left of it without sure guesses."""

import numpy as np
import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods import Batch, Update
from sat_sweep.methods.fixmatch import fixmatch_loss
from sat_sweep.methods.unlabelled import STRONG, unlabelled_batch
from sat_sweep.training import epochs
from tests.methods.by_hand import log_softmax
from tests.methods.runs import begin, run_of, weights

FEW = {"name": "digits", "subset": 300, "labelled": 50}
WEAK = np.array([[4.0, 0, 0], [0.2, 0.4, 0.1], [0, 0, 3.0]])
STRONGLY = np.array([[1.0, 2.0, 0], [0, 1.0, 0], [-1.0, 0.5, 0.3]])


def test_sure_guesses_are_learned_and_the_mean_is_over_all():
    """Probabilities 0.96, 0.39 and 0.91: at 0.9 the first and the last count, as classes 0 and 2."""
    weak, strong = torch.tensor(WEAK, requires_grad=True), torch.tensor(STRONGLY, requires_grad=True)
    loss = fixmatch_loss(weak, strong, 0.9)
    loss.backward()
    log_p = log_softmax(STRONGLY)
    np.testing.assert_allclose(loss.item(), -(log_p[0, 0] + log_p[2, 2]) / 3, rtol=1e-12)
    slopes = (np.exp(log_p) - np.eye(3)[[0, 0, 2]]) / 3
    slopes[1] = 0
    np.testing.assert_allclose(strong.grad, slopes, atol=1e-14)
    assert weak.grad is None


def test_the_threshold_itself_counts_and_above_one_nothing_does():
    sure = torch.zeros(2, 2, dtype=torch.float64)
    strong = torch.tensor(STRONGLY[:2, :2])
    assert fixmatch_loss(sure, strong, 0.5).item() > 0
    assert fixmatch_loss(torch.tensor(100 * WEAK), torch.tensor(STRONGLY), 1.01).item() == 0


def test_without_sure_guesses_it_is_cross_entropy(trial):
    """The network sees more rows at a time, so sums are grouped otherwise: equal but for rounding."""
    asked = {"dataset": FEW, "epochs": 4}
    ours = list(epochs(trial("fixmatch", **asked, **{"fixmatch.threshold": 1.5})))
    plain = list(epochs(trial("ce", **asked)))
    for one, other in zip(ours, plain, strict=True):
        assert one.metrics["train/loss"] == pytest.approx(other.metrics["train/loss"], rel=1e-4)
        assert one.metrics["test/accuracy"] == pytest.approx(other.metrics["test/accuracy"], abs=0.02)
    again = list(epochs(trial("fixmatch", **asked, **{"fixmatch.threshold": 0.3})))
    assert again[-1].metrics["train/loss"] != pytest.approx(plain[-1].metrics["train/loss"], rel=1e-2)


def test_a_step_by_hand(trial):
    """Down the gradient of the labelled term and lambda_u times the other, on the views that the run makes."""
    settings = {"fixmatch.threshold": 0.2, "fixmatch.lambda_u": 0.5, "fixmatch.ratio": 2}
    training = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}, "batch_size": 64,
                "augmentation": "flip"}
    spec = trial("fixmatch", dataset=FEW, training=training, **settings)
    run, copy = run_of(spec), run_of(spec)
    begin(run, 1)
    begin(copy, 1)
    batch, _ = next(run.steps(1))
    others = unlabelled_batch(copy, "fixmatch", batch, 2)
    weak, strong = copy.views(others), copy.views(others, STRONG)
    module = copy.network().module
    module.train()
    cross = torch.nn.functional.cross_entropy
    loss = cross(module(batch.inputs), batch.labels) + 0.5 * fixmatch_loss(module(weak), module(strong), 0.2)
    slopes = torch.autograd.grad(loss, list(module.parameters()))
    expected = [before - 0.1 * slope for before, slope in zip(weights(copy).values(), slopes, strict=True)]
    torch.testing.assert_close(list(weights(run).values()), expected)


def test_unlabelled_batches_are_of_one_stream_and_without_repetition(trial):
    runs = [run_of(trial(method, dataset=FEW)) for method in ("fixmatch", "uda")]
    batch = Batch(torch.arange(10), torch.zeros(10, dtype=torch.long), torch.zeros(10, 1))
    one, other = (unlabelled_batch(run, "any", batch, 7).index for run in runs)
    assert torch.equal(one, other)
    assert len(one) == len(one.unique()) == 70
    assert not torch.equal(one, unlabelled_batch(runs[0], "any", batch, 7).index)
    assert len(unlabelled_batch(runs[0], "any", batch, 30).index) == 300  # of 190 that there are


def test_views_of_unlabelled_examples(trial):
    """Weak is the trial's own, strong more than it; the trial's own is done once."""
    run = run_of(trial("fixmatch", dataset=FEW, training={"augmentation": "flip+cutout"}))
    batch = Batch(torch.arange(50), run.labels, run.inputs)
    others = unlabelled_batch(run, "fixmatch", batch, 3)
    weak, strong = run.views(others), run.views(others, STRONG)
    plain = run.unlabelled.inputs[others.index]
    assert weak.shape == strong.shape == plain.shape
    assert (weak != plain).any()
    assert (strong != plain).float().mean() > (weak != plain).float().mean()
    assert run._kind("auto+rand_augment+cutout") == "flip+cutout+rand_augment"
    assert torch.equal(run.views(batch, "none"), run.inputs)


def test_it_says_what_it_lacks(trial):
    with pytest.raises(UserError, match=r"fixmatch learns from unlabelled examples.*dataset\.labelled"):
        list(epochs(trial("fixmatch")))


def test_what_is_told_belongs_to_the_labelled(trial):
    run = run_of(trial("fixmatch", dataset=FEW))
    begin(run, 1)
    batch, update = next(run.steps(1))
    assert isinstance(update, Update)
    assert update.logits.shape == (len(batch.labels), 10)
    assert not update.logits.requires_grad
