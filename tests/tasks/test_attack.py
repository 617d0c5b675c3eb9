"""Attacks against models for which the best one is known: linear ones."""

import numpy as np
import pytest
import torch

from sat_sweep.tasks.attack import ascend, error_margin, neighbourhood, worst_of

EPSILON = 0.1
BOUNDS = (torch.tensor([-2.0, -1.0], dtype=torch.float64), torch.tensor([2.0, 0.5], dtype=torch.float64))
"""Black and white of two channels, whose ranges are 4 and 1.5."""
REACH = EPSILON * np.array([4.0, 1.5]).reshape(1, 2, 1, 1)


@pytest.fixture
def images():
    """Eight images all over the range, some of whose pixels are black or white."""
    low, high = (bound.numpy().reshape(1, 2, 1, 1) for bound in BOUNDS)
    drawn = np.random.default_rng(0).uniform(low - 0.3, high + 0.3, (8, 2, 3, 3)).clip(low, high)
    return torch.from_numpy(drawn)


@pytest.fixture
def weights():
    return torch.from_numpy(np.random.default_rng(1).normal(size=(2, 3, 3)))


def best(images, direction):
    """The image itself, as far in `direction` as it may go, and no blacker than black."""
    low, high = (bound.numpy().reshape(1, 2, 1, 1) for bound in BOUNDS)
    return torch.from_numpy((images.numpy() + REACH * np.sign(direction)).clip(low, high))


@pytest.mark.parametrize("steps", [1, 8, 30])
def test_it_reaches_the_best_attack_on_a_linear_model(images, weights, steps):
    """From a start anywhere in the neighbourhood two epsilon of steps are enough."""
    around = neighbourhood(images, EPSILON, BOUNDS)
    start = around.random_start(torch.Generator().manual_seed(0))
    found = ascend(lambda x: (x * weights).sum(), start, around, 2 * EPSILON / steps, steps)
    torch.testing.assert_close(found, best(images, weights.numpy()), rtol=0, atol=1e-12)


def test_too_short_steps_do_not_reach_it(images, weights):
    around = neighbourhood(images, EPSILON, BOUNDS)
    found = ascend(lambda x: (x * weights).sum(), images, around, EPSILON / 10, 5)
    middle = images + (best(images, weights.numpy()) - images) / 2
    reach = torch.from_numpy(REACH)
    inside = (images - reach > -1) & (images + reach < 0.5)
    assert inside.any()
    torch.testing.assert_close(found[inside], middle[inside], rtol=0, atol=1e-12)


def test_a_random_start_is_anywhere_in_the_neighbourhood_and_nowhere_else(images):
    start = neighbourhood(images, EPSILON, BOUNDS).random_start(torch.Generator().manual_seed(0))
    moved = ((start - images) / torch.from_numpy(REACH)).numpy()
    assert np.abs(moved).max() <= 1 + 1e-12
    assert moved.min() < -0.9
    assert moved.max() > 0.9
    assert (start[:, 0].min(), start[:, 0].max()) >= (-2, -2)
    assert start[:, 0].abs().max() <= 2
    assert start[:, 1].min() >= -1
    assert start[:, 1].max() <= 0.5


def test_what_is_outside_comes_back_to_the_nearest_place():
    inputs = torch.tensor([0.0, 1.9]).view(1, 1, 1, 2)
    around = neighbourhood(inputs, 0.25, (torch.tensor([-2.0]), torch.tensor([2.0])))
    nearest = around.nearest(torch.tensor([-9.0, 9.0]).view(1, 1, 1, 2))
    assert nearest.flatten().tolist() == [-1.0, 2.0]


def test_the_worst_attempt_counts_for_each_example():
    attempts = torch.tensor([[1.0, 5, 2], [3, 4, -2], [2, 6, 0]])[:, :, None]
    worst = worst_of(iter(attempts), lambda attempt: attempt[:, 0].abs())
    assert worst[:, 0].tolist() == [3, 6, 2], "of equals, 2 and -2, the first"


def test_a_single_attempt_is_not_judged():
    attempt = torch.zeros(2, 3)
    assert worst_of([attempt], lambda _: pytest.fail("judged")) is attempt


def test_the_margin_of_an_error_is_positive_where_the_prediction_is_wrong():
    logits = torch.tensor([[3.0, 1, 2], [0, -1, 0.5], [1, 4, 2]])
    labels = torch.tensor([0, 1, 1])
    torch.testing.assert_close(error_margin(logits, labels), torch.tensor([-1.0, 1.5, -2.0]))
    assert ((error_margin(logits, labels) > 0) == (logits.argmax(dim=1) != labels)).all()
