"""How many labels are wrong, and which class is given for which: estimates, intervals, and how far they reach.

Two estimates, neither of which reads a true label of the training data:

- Confident learning (Northcutt, Jiang & Chuang, JAIR 2021, arXiv 1911.00068, equations 1 to 3) on held-out
  probabilities: t_j is the mean probability of class j among examples given j; an example counts for the likeliest
  class whose probability reaches its t. Some mistakes of the classifier count as wrong labels, and wrong labels of
  which it is not confident do not count.
- Where the test labels are right, its error e is known. On held-out examples it disagrees with a share d of the given
  labels. If its mistakes and the wrong labels are independent, and a mistake falls on each other class alike,
  1 - d = (1 - r)(1 - e) + r e / (C - 1), so r = (d - e) / (1 - e - e / (C - 1)). Whatever depends on what,
  d - e <= r <= d + e holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sat_sweep.report.statistics import Summary, interval
from sat_sweep.suspects.witness import Witness

RATES = (0.0, 1.0)


@dataclass(frozen=True)
class NoiseEstimate:
    """Over the seeds of one method: the share of wrong labels, and P(given = j | true = i) as summaries [i][j].

    `error` is the classifier's on the test part, None where test labels may be wrong too; then `bounds`, between which
    the rate surely lies, are None too, and `rate` is confident learning's, `disagrees` at most. That is the share of
    labels that the classifier contradicts among those that it was not trained on: as long as its mistakes and the wrong
    labels are independent and it is better than guessing, no fewer than are wrong.
    """

    rate: Summary
    transition: list[list[Summary]]
    error: float | None
    bounds: tuple[float, float] | None
    disagrees: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        cells = [[cell.to_json() for cell in row] for row in self.transition]
        return {"rate": self.rate.to_json(), "bounds": self.bounds and list(self.bounds),
                "classifier_error": self.error, "disagreement": self.disagrees, "transition": cells}


def estimate(witnesses: Sequence[Witness], *, clean_test: bool) -> NoiseEstimate | None:
    """From `witnesses` of one method, the test labels being right or not; None if nothing was held out."""
    heard = [witness for witness in witnesses if witness.unseen]
    if not heard:
        return None
    unseen = [_unseen(witness) for witness in heard]
    joints = [confident_joint(*each) for each in unseen]
    transition = _summaries([joint.T / np.maximum(joint.sum(axis=0)[:, None], 1e-12) for joint in joints])
    contradicted = [float(np.average(probabilities.argmax(axis=1) != given, weights=weights))
                    for probabilities, given, weights in unseen]
    disagrees = float(np.mean(contradicted))
    pairs = [(witness.disagreement, witness.test_error) for witness in heard]
    known = [(d, e) for d, e in pairs if d is not None and e is not None]
    if not clean_test or len(known) < len(pairs):
        rates = [min(1 - float(np.trace(joint)), apart) for joint, apart in zip(joints, contradicted, strict=True)]
        return NoiseEstimate(interval(rates, RATES), transition, None, None, disagrees)
    rates = [rate_beside(d, e, len(joints[0])) for d, e in known]
    apart, error = (float(np.mean(each)) for each in zip(*known, strict=True))
    return NoiseEstimate(interval(rates, RATES), transition, error,
                         (max(0.0, apart - error), min(1.0, apart + error)), disagrees)


def _unseen(witness: Witness) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities (N, C) and given labels (N,) of what it was not trained on, and how many examples each stands for.

    One that was held out stands for training examples too, which may be wrong more often than test examples.
    """
    held_out, test = witness.evidence.held_out, witness.evidence.test
    tested = 0 if test is None else len(test.given)
    stands_for = [(held_out, witness.count - tested), (test, tested)]
    parts = [(part, np.full(len(part.given), count / max(len(part.given), 1)))
             for part, count in stands_for if part is not None]
    return (np.concatenate([part.probabilities for part, _ in parts]),
            np.concatenate([part.given for part, _ in parts]), np.concatenate([weights for _, weights in parts]))


def confident_joint(probabilities: np.ndarray, given: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """P(given = i, true = j) (C, C) by confident learning, its rows scaled to how often each class is given.

    Of `probabilities` (N, C) and `given` labels (N,) of examples that count with `weights` (N,).
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(given)), given]
    counts = np.bincount(given, weights, minlength=classes)
    thresholds = np.bincount(given, weights * own, minlength=classes) / np.where(counts > 0, counts, 1)
    thresholds[counts == 0] = np.inf
    reached = np.where(probabilities >= thresholds, probabilities, -1)
    confident = reached.max(axis=1) >= 0
    joint = np.zeros((classes, classes))
    np.add.at(joint, (given[confident], reached[confident].argmax(axis=1)), weights[confident])
    sums = joint.sum(axis=1, keepdims=True)
    scaled = np.where(sums > 0, joint / np.where(sums > 0, sums, 1), np.eye(classes)) * counts[:, None]
    shares: np.ndarray = scaled / scaled.sum()
    return shares


def rate_beside(disagrees: float, error: float, classes: int) -> float:
    """r of the equation above, in [0, 1]; 0 where the classifier is no better than guessing."""
    informed = 1 - error - error / (classes - 1)
    return float(np.clip((disagrees - error) / informed, 0, 1)) if informed > 0 else 0.0


def _summaries(matrices: Sequence[np.ndarray]) -> list[list[Summary]]:
    cells = np.stack(matrices, axis=-1)
    return [[interval(cell.tolist(), RATES) for cell in row] for row in cells]
