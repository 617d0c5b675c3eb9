from __future__ import annotations

import numpy as np
import pytest

from sat_sweep.data import transition_matrix
from sat_sweep.data.sources.cifar10 import CONFUSIONS
from sat_sweep.errors import UserError

CLASS_CONDITIONAL = ["symmetric", "uniform", "asymmetric", "pairflip"]


@pytest.mark.parametrize(("kind", "expected"), [
    ("symmetric", [[0.4, 0.3, 0.3], [0.3, 0.4, 0.3], [0.3, 0.3, 0.4]]),
    ("uniform", [[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]]),
    ("pairflip", [[0.4, 0.6, 0.0], [0.0, 0.4, 0.6], [0.6, 0.0, 0.4]]),
    ("asymmetric", [[0.4, 0.0, 0.6], [0.0, 1.0, 0.0], [0.0, 0.6, 0.4]]),
])
def test_matches_the_one_worked_by_hand(kind, expected):
    matrix = transition_matrix(kind, 0.6, 3, confusions={0: 2, 2: 1})
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    assert matrix.dtype == np.float64


@pytest.mark.parametrize("kind", CLASS_CONDITIONAL)
def test_rate_zero_is_the_identity(kind):
    np.testing.assert_array_equal(transition_matrix(kind, 0.0, 7, {1: 2}), np.eye(7))


@pytest.mark.parametrize(("kind", "rate", "error"), [
    ("uniform", 0.8, 0.72),     # the SAT paper's convention: drawn over all ten classes
    ("symmetric", 0.8, 0.8),
    ("pairflip", 0.45, 0.45),
    ("asymmetric", 0.4, 0.2),   # five of CIFAR-10's ten classes have a partner
])
def test_error_rate_on_ten_balanced_classes(kind, rate, error):
    matrix = transition_matrix(kind, rate, 10, CONFUSIONS)
    assert 1 - np.diag(matrix).mean() == pytest.approx(error)


def test_uniform_at_r_is_symmetric_at_nine_tenths_of_r():
    uniform, symmetric = transition_matrix("uniform", 0.5, 10), transition_matrix("symmetric", 0.45, 10)
    np.testing.assert_allclose(uniform, symmetric)


@pytest.mark.parametrize(("arguments", "message"), [
    (("symmetric", 1.0, 10), "[0, 1)"),
    (("symmetric", -0.1, 10), "[0, 1)"),
    (("symmetric", 0.1, 1), "2 classes"),
    (("symetric", 0.1, 10), "did you mean 'symmetric'"),
    (("asymmetric", 0.1, 10), "pairs"),
    (("gaussian", 0.1, 10), "no transition matrix"),
    (("matrix", 0.1, 10), "matrices"),
])
def test_refuses_what_has_no_matrix(arguments, message):
    with pytest.raises(UserError) as refusal:
        transition_matrix(*arguments)
    assert message in str(refusal.value)
