"""Seeded splits in which every class keeps its share."""

from __future__ import annotations

import numpy as np

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch

PASSES = 3
"""How often it is asked of each group whether it would better be on the other side; more changes next to nothing."""


def stratified_split(labels: torch.Tensor, size: int, seed: int,
                     groups: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions of the rest and of `size` chosen examples, both ascending int64.

    `labels` (N,) int64. Of each class the chosen part has its exact share, rounded down or up so that the
    sizes add up. The same labels, size and seed give the same split. Raises ValueError unless 0 <= size <= N.
    With `groups` (N,) int64 none of these is torn apart, and size and shares are as near as that allows; raises
    UserError if a part would be empty for it.
    """
    if not 0 <= size <= len(labels):
        raise ValueError(f"size must be in [0, {len(labels)}], got {size}")
    classes = labels.numpy()
    if groups is not None and 0 < size < len(labels):
        chosen = _whole_groups(classes, groups.numpy(), size, seed)
    else:
        chosen = _examples(classes, size, seed)
    return torch.from_numpy(np.flatnonzero(~chosen)), torch.from_numpy(np.flatnonzero(chosen))


def _examples(classes: np.ndarray, size: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(classes), dtype=bool)
    for label, count in enumerate(_shares(np.bincount(classes), size)):
        chosen[generator.permutation(np.flatnonzero(classes == label))[:count]] = True
    return chosen


def _shares(members: np.ndarray, size: int) -> np.ndarray:
    """`size` in whole numbers proportional to `members`; the largest remainders are rounded up."""
    exact = members * (size / max(1, members.sum()))
    counts: np.ndarray = np.floor(exact).astype(np.int64)
    short = size - counts.sum()
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts


def _whole_groups(classes: np.ndarray, groups: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Which examples are chosen, (N,) bool.

    Greedy: each group in random order is taken, and later perhaps given back, if that brings the number of examples, of
    all and of each class, nearer to what they should be.
    """
    _, numbers = np.unique(groups, return_inverse=True)
    members = _members(classes, numbers)
    missing = members.sum(axis=0) * (size / len(classes))
    taken = np.zeros(len(members), dtype=bool)
    for group in np.tile(np.random.default_rng(seed).permutation(len(members)), PASSES):
        moved = -members[group] if taken[group] else members[group]
        if 2 * (missing @ moved) > moved @ moved:  # |missing - moved| < |missing|
            missing, taken[group] = missing - moved, not taken[group]
    if not taken.any() or taken.all():
        raise UserError(f"{size:,} of {len(classes):,} examples cannot be had of whole groups: there are "
                        f"{len(members):,}, the largest with {members[:, 0].max():,}; change the fraction, or leave "
                        "out `group`")
    chosen: np.ndarray = taken[numbers]
    return chosen


def _members(classes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Of each group how many examples it has, and how many of each class: (G, 1 + C) int64."""
    width = int(classes.max()) + 1
    counts = np.bincount(groups * width + classes, minlength=(groups.max() + 1) * width).reshape(-1, width)
    return np.concatenate([counts.sum(axis=1, keepdims=True), counts], axis=1)
