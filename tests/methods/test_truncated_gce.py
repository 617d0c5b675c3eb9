"""Truncated GCE worked by hand: the loss, who is kept, and when that is decided."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.gce import gce_loss
from sat_sweep.methods.truncated_gce import hopeful, truncated_gce_loss
from tests.methods.by_hand import LOGITS, assert_equal, computed, of_the_label
from tests.methods.runs import begin, run_of

KEPT = torch.tensor([True, False, True])


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize(("q", "k"), [(0.7, 0.5), (0.2, 0.1), (1.0, 0.5)])
def test_loss_and_gradient(logits, q, k):
    """What is left out has the constant loss of k, and no slope."""
    log_p, _ = of_the_label(logits)
    kept = KEPT.numpy()
    value = np.where(kept, -np.expm1(q * log_p), 1 - k**q) / q
    assert_equal(truncated_gce_loss, logits, value.mean(), np.where(kept, -np.exp(q * log_p), 0.0), kept=KEPT, q=q, k=k)


def test_published_values():
    """L_0.7 at p_y of 0.1, 0.2, 0.5, 0.9, cut at 0.5."""
    p = torch.tensor([0.1, 0.2, 0.5, 0.9], dtype=torch.float64)
    logits, labels = torch.stack([p, 1 - p], dim=1).log(), torch.zeros(4, dtype=torch.int64)
    losses = [truncated_gce_loss(logits[[i]], labels[[i]], hopeful(logits, labels, 0.5)[[i]]).item() for i in range(4)]
    np.testing.assert_allclose(losses, [0.549183, 0.549183, 0.549183, 0.101569], atol=1e-6)


def test_keeping_all_is_gce():
    everything = computed(truncated_gce_loss, LOGITS["usual"], kept=torch.ones(3, dtype=torch.bool))
    np.testing.assert_array_equal(everything[1], computed(gce_loss, LOGITS["usual"])[1])


def test_pruned_by_the_best_weights_and_kept_until_the_next_pruning(trial):
    given = {"truncated_gce.start_epoch": 9, "truncated_gce.every": 2, "truncated_gce.k": 0.3}
    run = run_of(trial("truncated_gce", epochs=15, **given), trained=9)
    assert run.method.memory["truncated_gce.kept"].all()
    logits = run.training_logits(weights=run.best)
    acting = {epoch: run.method.influence(epoch, ())["truncated_gce"] for epoch in range(1, 16)}
    assert [epoch for epoch, influence in acting.items() if influence.get("prunes")] == [10, 12, 14]
    begin(run, 10)
    kept = run.method.memory["truncated_gce.kept"]
    assert torch.equal(kept, logits.softmax(dim=1)[torch.arange(len(kept)), run.labels] > 0.3)
    assert 0 < kept.float().mean() < 1
    begin(run, 11)
    assert run.method.memory["truncated_gce.kept"] is kept


def test_predictions_under_other_weights_leave_the_run_as_it_was(trial):
    run = run_of(trial("ce"), trained=3)
    before, now = run.snapshot(), run.training_logits()
    zeros = {name: torch.zeros_like(value) for name, value in before.items()}
    assert not run.training_logits(weights=zeros).any()
    assert torch.equal(run.training_logits(), now)
    assert all(torch.equal(value, before[name]) for name, value in run.snapshot().items())
