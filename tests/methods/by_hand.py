"""Losses worked out in NumPy in float64, for tests to compare values and gradients with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

LABELS = np.array([0, 1, 2])
LOGITS = {"usual": np.array([[2.0, 0, 0], [0, 0, 3.0], [0.5, 1.0, -1.0]]),
          "extreme": np.array([[30.0, 0, 0], [0, 0, 30.0], [0, 30.0, 0]])}
"""Examples that agree with their labels and that do not; extreme ones by a gap of 30."""


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """log p, which never underflows."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def of_the_label(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log p_y, and 1 - p_y without cancellation, of each example."""
    log_p = log_softmax(logits)
    others = np.exp(log_p)
    others[np.arange(len(logits)), LABELS] = 0
    return log_p[np.arange(len(logits)), LABELS], others.sum(axis=1)


def gradient(logits: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """dL/dz of the mean of losses l(p_y), given `slope` = p_y l'(p_y): slope_i ([j = y_i] - p_ij) / B."""
    of_label = np.eye(logits.shape[1])[LABELS] - np.exp(log_softmax(logits))
    of_label[np.arange(len(logits)), LABELS] = of_the_label(logits)[1]
    return slope[:, None] * of_label / len(logits)


def computed(loss: Callable[..., torch.Tensor], logits: np.ndarray, **parameters: Any) -> tuple[float, np.ndarray]:
    """Value and gradient of one of our losses in float64."""
    leaf = torch.tensor(logits, requires_grad=True)
    value = loss(leaf, torch.tensor(LABELS), **parameters)
    value.backward()
    assert leaf.grad is not None
    return value.item(), leaf.grad.numpy()


def assert_equal(loss: Callable[..., torch.Tensor], logits: np.ndarray, value: float, slope: np.ndarray,
                 **parameters: Any) -> None:
    """The loss is `value`, and its gradient that of a loss in p_y with this `slope`."""
    ours, ours_gradient = computed(loss, logits, **parameters)
    np.testing.assert_allclose(ours, value, rtol=1e-12)
    np.testing.assert_allclose(ours_gradient, gradient(logits, slope), rtol=1e-9, atol=1e-15)  # torch rounds 1 - p_y
