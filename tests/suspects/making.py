"""Witnesses made up by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from sat_sweep.suspects.witness import Witness
from sat_sweep.training.evidence import UNKNOWN, Evidence, PartEvidence


def part(position: list[int], given: list[int], margin: list[float], probabilities: Any = None,
         true: list[int] | None = None) -> PartEvidence:
    """Of so many examples; probabilities of three classes, even ones if none are given."""
    count = len(position)
    spread = np.full((count, 3), 1 / 3) if probabilities is None else np.array(probabilities, float)
    margins = np.array(margin, float)
    return PartEvidence(np.array(position), np.array(given), np.array(true or [UNKNOWN] * count), margins,
                        (margins > 0).astype(float), spread, np.zeros((0, 3)))


def witness(train: PartEvidence, held_out: PartEvidence | None = None, *, method: str = "ce", seed: int = 0,
            count: int | None = None, **rest: Any) -> Witness:
    """A confirmed trial that knows this of its two parts."""
    known = len(train.position) + (len(held_out.position) if held_out is not None else 0)
    return Witness(method, seed, count or known, Evidence(train, held_out), **rest)
