"""Whole numbers that are right on average."""

from __future__ import annotations

import numpy as np


def round_randomly(expected: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """`expected` (K,) non-negative, rounded down or up to int64 so that each is right on average.

    The sum is off by less than one, whole sums are kept (systematic sampling: one draw for all K).
    """
    # Without the inner rounding 0.1 + 0.2 and its like would now and then move a whole sum.
    totals = np.floor(np.cumsum(expected).round(9) + generator.random())
    return np.diff(totals, prepend=0).astype(np.int64)
