"""Draws: trials that were given the same labels and can speak of the same mistakes.

A user's own labels, and those of a column, are the same under every seed. Noise that sat-sweep adds is drawn anew for
each seed, so that nothing one seed has learned of an example's label tells of another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sat_sweep.suspects.witness import Witness
from sat_sweep.training.evidence import UNKNOWN


@dataclass(frozen=True)
class Draw:
    """`witnesses` of the same `given` labels (N,); `true` labels (N,), UNKNOWN where nobody knows."""

    given: np.ndarray
    true: np.ndarray
    witnesses: tuple[Witness, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of its witnesses."""
        return tuple(sorted({witness.seed for witness in self.witnesses}))

    @property
    def wrong(self) -> np.ndarray | None:
        """(N,) which given labels are wrong, None where true labels are unknown."""
        known = self.given != UNKNOWN
        return None if (self.true[known] == UNKNOWN).any() else known & (self.given != self.true)

    def of(self, method: str) -> list[Witness]:
        """The witnesses of `method`."""
        return [witness for witness in self.witnesses if witness.method == method]


def draws(witnesses: Sequence[Witness]) -> list[Draw]:
    """`witnesses` by the labels that they were given, in the order of their seeds."""
    found: list[Draw] = []
    for witness in sorted(witnesses, key=lambda each: each.seed):
        own = Draw(_labels(witness, "given"), _labels(witness, "true"), (witness,))
        same = next((place for place, draw in enumerate(found) if _agree(draw.given, own.given)), None)
        if same is None:
            found.append(own)
        else:
            found[same] = _merged(found[same], own)
    return found


def _labels(witness: Witness, which: str) -> np.ndarray:
    labels = np.full(witness.count, UNKNOWN)
    for part in witness.parts:
        labels[part.position] = getattr(part, which)
    return labels


def _agree(one: np.ndarray, other: np.ndarray) -> bool:
    both = (one != UNKNOWN) & (other != UNKNOWN)
    return bool((one[both] == other[both]).all())


def _merged(one: Draw, other: Draw) -> Draw:
    given, true = (np.where(ours == UNKNOWN, theirs, ours)
                   for ours, theirs in ((one.given, other.given), (one.true, other.true)))
    return Draw(given, true, one.witnesses + other.witnesses)
