"""Forward correction worked by hand, and where its matrix comes from."""

import numpy as np
import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods import Need, needs
from sat_sweep.methods.forward import estimate_transition, forward_loss
from sat_sweep.training import epochs
from tests.methods.by_hand import LABELS, LOGITS, computed, log_softmax
from tests.methods.runs import begin, run_of, weights

SYMMETRIC = np.full((3, 3), 0.2) + 0.4 * np.eye(3)
SKEWED = np.array([[0.7, 0.3, 0.0], [0.1, 0.6, 0.3], [0.0, 0.05, 0.95]])


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("matrix", [SYMMETRIC, SKEWED], ids=["symmetric", "skewed"])
def test_loss_and_gradient(logits, matrix):
    """dL/dz_j = p_j - p_j T_jy / sum_k p_k T_ky."""
    p = np.exp(log_softmax(logits))
    reached = p * matrix[:, LABELS].T
    value, gradient = computed(forward_loss, logits, transition=torch.tensor(matrix))
    assert value == pytest.approx(-np.log(reached.sum(axis=1)).mean(), rel=1e-12)
    np.testing.assert_allclose(gradient, (p - reached / reached.sum(axis=1, keepdims=True)) / 3, rtol=1e-9, atol=1e-15)


def test_published_values():
    logits, labels = torch.tensor([[2.0, 0, 0], [0, 0, 3]], dtype=torch.float64), torch.tensor([0, 1])
    losses = [forward_loss(logits[[i]], labels[[i]], torch.tensor(SYMMETRIC)).item() for i in (0, 1)]
    assert losses == pytest.approx([0.663988, 1.522749], abs=1e-6)


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_with_the_identity_it_is_cross_entropy(logits):
    ours = computed(forward_loss, logits, transition=torch.eye(3))
    plain = computed(torch.nn.functional.cross_entropy, logits)
    assert ours[0] == pytest.approx(plain[0], rel=1e-12)
    np.testing.assert_allclose(ours[1], plain[1], atol=1e-15)


def test_a_row_is_the_prediction_at_the_percentile_of_its_class():
    certainty = torch.linspace(0, 1, 101, dtype=torch.float64)
    probabilities = torch.stack([certainty, 1 - certainty], dim=1)[torch.randperm(101)]
    assert estimate_transition(probabilities, 100).tolist() == [[1, 0], [0, 1]]
    torch.testing.assert_close(estimate_transition(probabilities, 97),
                               torch.tensor([[0.97, 0.03], [0.03, 0.97]], dtype=torch.float64))


def test_estimated_by_the_best_weights_and_begun_anew(trial):
    run = run_of(trial("forward", epochs=8, **{"forward.start_epoch": 3}), trained=3)
    expected = estimate_transition(run.training_logits(weights=run.best).softmax(dim=1), 97)
    begin(run, 4)
    torch.testing.assert_close(run.method.memory["forward.transition"], expected)
    fresh = run._new_module("main", 4).state_dict()
    assert all(torch.equal(value, fresh[name]) for name, value in weights(run).items())


def test_the_true_matrix_is_what_the_noise_came_to_and_is_told(trial):
    run = run_of(trial("forward", **{"forward.transition": "told"}), trained=1)
    true = torch.zeros(10, 10)
    everything = [run.data.train, run.data.validation]
    for part in everything:
        true.index_put_((part.true_labels, part.labels), torch.tensor(1.0), accumulate=True)
    torch.testing.assert_close(run.method.memory["forward.transition"], true / true.sum(dim=1, keepdim=True))
    assert needs("forward", {"forward.transition": "told"}) == {Need.TRANSITION}
    assert needs("forward", {"other.transition": "told"}) == needs("forward") == frozenset()


def test_a_matrix_may_be_given(trial):
    rows = "; ".join(" ".join("0.91" if i == j else "0.01" for j in range(10)) for i in range(10))
    run = run_of(trial("forward", **{"forward.transition": rows}), trained=1)
    torch.testing.assert_close(run.method.memory["forward.transition"], 0.9 * torch.eye(10) + 0.01)


@pytest.mark.parametrize(("matrix", "said"), [
    ("0.5 0.5; 0.4", "as many entries in each row"), ("0.5 0.6; 0 1", "sum to 1"), ("tru", "could not convert")])
def test_what_is_no_matrix_is_refused(trial, matrix, said):
    with pytest.raises(ValueError, match=said):
        run_of(trial("forward", **{"forward.transition": matrix}))


def test_a_matrix_of_other_classes_is_refused(trial):
    with pytest.raises(UserError, match="has 2 rows for 10 classes"):
        list(epochs(trial("forward", **{"forward.transition": "1 0; 0 1"})))
