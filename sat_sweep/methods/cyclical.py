"""The schedule of general cyclical training: an easy start, a hard middle, an easy end.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835. What is cycled is at one end of its range
where eta is 1 and at the other where it is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def eta(epochs: int, factor: float = 2.0) -> NDArray[np.float64]:
    """eta (epochs,) of each epoch in [0, 1]: from 1 down to 0 after a `factor`-th of the training, and up to 1 again.

    `factor` of at least 1: 2 is a symmetric triangle, 1 goes down once and stays. A single epoch has 1.
    """
    if epochs == 1:
        return np.ones(1)
    epoch = np.arange(epochs, dtype=np.float64)
    passed = factor * epoch / (epochs - 1)
    back = (passed - 1) / (factor - 1) if factor > 1 else np.zeros(epochs)
    return np.clip(np.where(factor * epoch < epochs, 1 - passed, back), 0.0, 1.0)


def between(low: float, high: float, eta: float) -> float:
    """The value that is `low` where `eta` is 1, and `high` where it is 0."""
    return (1 - eta) * high + eta * low
