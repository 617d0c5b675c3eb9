"""The examples of a draw from the most to the least suspicious, and what each witness says of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sat_sweep.suspects.draw import Draw
from sat_sweep.suspects.witness import Witness


@dataclass(frozen=True)
class Ranking:
    """What is known of N examples; NaN and -1 where nothing is.

    `score` (N,) in [0, 1] is the mean over the seeds of `method` of `Witness.wrongness`, `order` (M,) the positions of
    all that have one, from the most suspicious on. `suggested` (N,) is the likeliest other label, `sure` (N,) in [0, 1]
    its calibrated probability beside the given one's: 0.5 is undecided. `objections` (N,) tell how many of all
    `voices` (N,) put another class above the given one; `by_method` has both for each method.
    """

    draw: Draw
    method: str
    score: np.ndarray
    order: np.ndarray
    suggested: np.ndarray
    sure: np.ndarray
    by_method: dict[str, tuple[np.ndarray, np.ndarray]]

    @property
    def objections(self) -> np.ndarray:
        """See above."""
        return sum((against for against, _ in self.by_method.values()), np.zeros(len(self.score), int))

    @property
    def voices(self) -> np.ndarray:
        """See above."""
        return sum((heard for _, heard in self.by_method.values()), np.zeros(len(self.score), int))


def rank(draw: Draw, method: str) -> Ranking:
    """The examples of `draw` as the trials of `method` see them; raises ValueError where there is none of it."""
    judges = draw.of(method)
    if not judges:
        raise ValueError(f"no confirmed trial of {method} has left evidence")
    score = mean([judge.wrongness for judge in judges])
    order = np.argsort(-score, kind="stable")[:int((~np.isnan(score)).sum())]
    suggested, sure = _suggestion(draw.given, mean([judge.calibrated for judge in judges]))
    methods = dict.fromkeys(witness.method for witness in draw.witnesses)
    return Ranking(draw, method, score, order, suggested, sure,
                   {each: _objections(draw.of(each)) for each in methods})


def _suggestion(given: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest label but the `given` (N,) one by `probabilities` (N, C), and how sure that is."""
    known = ~np.isnan(probabilities).any(axis=1)
    suggested, sure = np.full(len(given), -1), np.full(len(given), np.nan)
    rows = np.arange(int(known.sum()))
    others = probabilities[known].copy()
    own = others[rows, given[known]]
    others[rows, given[known]] = -1
    suggested[known] = others.argmax(axis=1)
    most = others.max(axis=1)
    sure[known] = most / np.maximum(most + own, np.finfo(float).tiny)
    return suggested, sure


def _objections(witnesses: Sequence[Witness]) -> tuple[np.ndarray, np.ndarray]:
    said = np.stack([witness.objects for witness in witnesses])
    return np.nansum(said, axis=0).astype(int), (~np.isnan(said)).sum(axis=0)


def mean(values: Sequence[np.ndarray]) -> np.ndarray:
    """Of arrays of one shape, element by element; NaN is left out, and stays where there is nothing else."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Mean of empty slice")
        found: np.ndarray = np.nanmean(np.stack(values), axis=0)
        return found
