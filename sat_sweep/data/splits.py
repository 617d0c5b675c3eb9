"""Seeded splits in which every class keeps its share."""

from __future__ import annotations

import numpy as np

from sat_sweep.imports.lazy import torch


def stratified_split(labels: torch.Tensor, size: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions of the rest and of `size` chosen examples, both ascending int64.

    `labels` (N,) int64. Of each class the chosen part has its exact share, rounded down or up so that the
    sizes add up. The same labels, size and seed give the same split. Raises ValueError unless 0 <= size <= N.
    """
    if not 0 <= size <= len(labels):
        raise ValueError(f"size must be in [0, {len(labels)}], got {size}")
    classes = labels.numpy()
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(classes), dtype=bool)
    for label, count in enumerate(_shares(np.bincount(classes), size)):
        chosen[generator.permutation(np.flatnonzero(classes == label))[:count]] = True
    return torch.from_numpy(np.flatnonzero(~chosen)), torch.from_numpy(np.flatnonzero(chosen))


def _shares(members: np.ndarray, size: int) -> np.ndarray:
    """`size` in whole numbers proportional to `members`; the largest remainders are rounded up."""
    exact = members * (size / max(1, members.sum()))
    counts: np.ndarray = np.floor(exact).astype(np.int64)
    short = size - counts.sum()
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts
