"""Backward correction worked by hand."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.backward import backward_loss
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax
from tests.methods.runs import run_of

SYMMETRIC = np.full((3, 3), 0.2) + 0.4 * np.eye(3)
SKEWED = np.array([[0.7, 0.3, 0.0], [0.1, 0.6, 0.3], [0.0, 0.05, 0.95]])


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("matrix", [SYMMETRIC, SKEWED], ids=["symmetric", "skewed"])
def test_loss_and_gradient(logits, matrix):
    """The rows of the inverse sum to 1, so dL/dz_j = p_j - (T^-1)_yj."""
    inverse, log_p = np.linalg.inv(matrix)[LABELS], log_softmax(logits)
    value, gradient = computed(backward_loss, logits, transition=torch.tensor(matrix))
    assert value == pytest.approx(-(inverse * log_p).sum(axis=1).mean(), rel=1e-9)
    np.testing.assert_allclose(gradient, (np.exp(log_p) - inverse) / 3, rtol=1e-9, atol=1e-12)


def test_published_values():
    logits, labels = torch.tensor([[2.0, 0, 0], [0, 0, 3]], dtype=torch.float64), torch.tensor([0, 1])
    losses = [backward_loss(logits[[i]], labels[[i]], torch.tensor(SYMMETRIC)).item() for i in (0, 1)]
    assert losses == pytest.approx([-1.760455, 4.594923], abs=1e-6)


def test_on_average_over_the_noise_it_is_cross_entropy_of_the_true_label():
    logits = torch.tensor(LOGITS["usual"])
    for true in range(3):
        noisy = [backward_loss(logits, torch.full((3,), given), torch.tensor(SKEWED)) for given in range(3)]
        average = sum(weight * loss for weight, loss in zip(SKEWED[true], noisy, strict=True))
        plain = torch.nn.functional.cross_entropy(logits, torch.full((3,), true))
        torch.testing.assert_close(average, plain)


def test_a_matrix_without_inverse_leaves_a_finite_loss():
    assert np.isfinite(computed(backward_loss, LOGITS["usual"], transition=torch.full((3, 3), 1 / 3))[0])


def test_in_a_run_it_is_the_loss_of_its_matrix(trial):
    run = run_of(trial("backward", **{"backward.transition": "told"}), trained=1)
    logits, labels = torch.randn(6, 10, generator=torch.Generator().manual_seed(0)), torch.arange(6)
    batch = next(run._batches(1))
    batch.labels = labels
    torch.testing.assert_close(run.method.algorithm.loss(logits, batch, 1),
                               backward_loss(logits, labels, run.transition))


def test_with_the_identity_it_is_cross_entropy(trial):
    rows = "; ".join(" ".join("1" if i == j else "0" for j in range(10)) for i in range(10))
    run, plain = run_of(trial("backward", **{"backward.transition": rows}), trained=3), run_of(trial("ce"), trained=3)
    for ours, theirs in zip(run.history, plain.history, strict=True):
        assert ours.metrics["train/loss"] == pytest.approx(theirs.metrics["train/loss"], rel=1e-4)
