from __future__ import annotations

import numpy as np
import pytest
import torch

from sat_sweep.data import corrupt_labels, transition_matrix
from sat_sweep.data.noise._rounding import round_randomly

CLASSES = 10
LABELS = np.random.default_rng(0).integers(0, CLASSES, 2003)
PAIRS = {9: 1, 2: 0, 4: 7, 3: 5, 5: 3}


def counts(true: np.ndarray, given: np.ndarray) -> np.ndarray:
    table = np.zeros((CLASSES, CLASSES))
    np.add.at(table, (true, given), 1)
    return table


@pytest.mark.parametrize("kind", ["symmetric", "uniform", "asymmetric", "pairflip"])
def test_realised_counts_are_within_two_of_the_nominal_ones(kind):
    matrix = transition_matrix(kind, 0.37, CLASSES, PAIRS)
    realised = counts(LABELS, corrupt_labels(LABELS, matrix, seed=3))
    expected = np.bincount(LABELS)[:, None] * matrix
    assert np.abs(realised - expected).max() < 2
    assert np.abs(realised - expected)[expected == 0].sum() == 0


@pytest.mark.parametrize("seed", range(5))
def test_number_of_errors_is_nominal_up_to_rounding(seed):
    given = corrupt_labels(LABELS, transition_matrix("symmetric", 0.4, CLASSES), seed)
    assert abs((given != LABELS).sum() - 0.4 * len(LABELS)) < 1


def test_every_label_of_a_class_is_as_likely_to_flip():
    labels, matrix = np.zeros(10, dtype=np.int64), np.array([[0.7, 0.3], [0.0, 1.0]])
    flips = sum(corrupt_labels(labels, matrix, seed) for seed in range(2000)) / 2000
    np.testing.assert_allclose(flips, 0.3, atol=0.05)  # 5 standard errors


def test_same_seed_same_draw_other_seed_another():
    matrix = transition_matrix("symmetric", 0.4, CLASSES)
    np.testing.assert_array_equal(corrupt_labels(LABELS, matrix, 1), corrupt_labels(LABELS, matrix, 1))
    assert (corrupt_labels(LABELS, matrix, 1) != corrupt_labels(LABELS, matrix, 2)).any()


def test_a_seed_means_the_same_draw_for_ever():
    labels = np.arange(12) % 3
    given = corrupt_labels(labels, transition_matrix("symmetric", 0.5, 3), seed=2024)
    assert given.tolist() == [1, 1, 2, 0, 0, 1, 2, 1, 2, 0, 2, 0]


def test_draws_from_nobody_elses_generator():
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    corrupt_labels(LABELS, transition_matrix("symmetric", 0.4, CLASSES), 1)
    assert torch.equal(torch.get_rng_state(), torch_state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)


def test_argument_is_unchanged_even_where_it_could_not_be_written():
    labels = LABELS.copy()
    labels.setflags(write=False)
    corrupt_labels(labels, transition_matrix("symmetric", 0.4, CLASSES), 1)
    np.testing.assert_array_equal(labels, LABELS)


def test_tensor_in_the_same_tensor_out():
    matrix = transition_matrix("uniform", 0.4, CLASSES)
    given = corrupt_labels(torch.from_numpy(LABELS), matrix, 1)
    assert given.dtype == torch.int64
    np.testing.assert_array_equal(given.numpy(), corrupt_labels(LABELS, matrix, 1))


def test_a_class_that_does_not_occur_is_harmless():
    given = corrupt_labels(np.array([0, 0, 2, 2]), transition_matrix("pairflip", 0.5, 3), 0)
    assert sorted(given) == [0, 0, 1, 2]


@pytest.mark.parametrize(("labels", "matrix"), [
    ([0, 3], np.eye(3)),
    ([0, -1], np.eye(3)),
    ([0, 1], np.full((3, 3), 0.5)),
    ([0, 1], np.ones((3, 2)) / 2),
    ([0, 1], np.array([[1.5, -0.5], [0.0, 1.0]])),
])
def test_refuses_labels_without_a_row_and_rows_that_are_no_distributions(labels, matrix):
    with pytest.raises(ValueError, match=r"labels|matrix"):
        corrupt_labels(np.array(labels), matrix, 0)


def test_rounding_is_within_one_keeps_whole_sums_and_is_right_on_average():
    expected = np.array([0.1, 2.2, 0.0, 0.7])
    draws = np.array([round_randomly(expected, np.random.default_rng(seed)) for seed in range(4000)])
    assert (draws.sum(axis=1) == 3).all()
    assert np.abs(draws - expected).max() < 1
    np.testing.assert_allclose(draws.mean(axis=0), expected, atol=0.04)
