"""How well wrong labels are found, where it is known which are wrong: recall, precision, and cleanlab beside it.

Nothing here has a say in any ranking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from sat_sweep.report.statistics import Summary, interval
from sat_sweep.suspects.draw import Draw
from sat_sweep.suspects.ranking import Ranking, mean, rank
from sat_sweep.suspects.witness import Witness, wrongness
from sat_sweep.training.evidence import PartEvidence

SHARE = (0.0, 1.0)
CLEANLAB = ("self_confidence", "normalized_margin")
"""Its two scores for single labels, from the extra `labels`."""


@dataclass(frozen=True)
class Together:
    """Recall at the noise rate by all seeds at once: of `everything`, and of what one of them or more `held_out`.

    Of the latter also by cleanlab's scores, which get the mean of the probabilities of those that held an example out.
    """

    everything: float
    held_out: float
    cleanlab: dict[str, float] | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"recall": self.everything, "recall_held_out": self.held_out, "recall_cleanlab": self.cleanlab}


@dataclass(frozen=True)
class Quality:
    """Recall at the noise rate: of as many examples as have wrong labels, the most suspicious, the share that has.

    Summaries over single seeds: of `everything`, and of what a seed held out alone by our score, by cleanlab's
    self-confidence and by its normalised margin on the same probabilities; None where cleanlab is not installed.
    `together` has the same of all seeds at once, None unless they were given the same labels. `precision` (P,) belongs
    to `recall` (P,) as ever more examples are suspected.
    """

    everything: Summary
    held_out: Summary
    cleanlab: dict[str, Summary] | None
    together: Together | None
    recall: np.ndarray
    precision: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """As plain data, without the curve."""
        cleanlab = None if self.cleanlab is None else {
            name: summary.to_json() for name, summary in self.cleanlab.items()}
        return {"recall": self.everything.to_json(), "recall_held_out": self.held_out.to_json(),
                "recall_cleanlab": cleanlab, "together": self.together and self.together.to_json()}


def quality(draws: Sequence[Draw], method: str) -> Quality | None:
    """How well `method` finds the wrong labels of `draws`; None where they are unknown or none is wrong."""
    if any(draw.wrong is None or not draw.wrong.any() for draw in draws):
        return None
    judges = [judge for draw in draws for judge in draw.of(method)]
    single = [recall_at_rate(judge.wrongness, draw.wrong) for draw in draws for judge in draw.of(method)]
    rankings = [rank(draw, method) for draw in draws]
    curves = [precision_recall(ranking.score, ranking.draw.wrong) for ranking in rankings]
    grid = np.linspace(0, 1, 101)[1:]
    precision = np.mean([np.interp(grid, *curve) for curve in curves], axis=0)
    return Quality(interval(single, SHARE), _held_out(judges, wrongness),
                   _cleanlab(judges), _together(*rankings) if len(rankings) == 1 else None, grid, precision)


def recall_at_rate(score: np.ndarray, wrong: np.ndarray | None) -> float:
    """Of the K most suspicious by `score` (N,), NaN left out, the share that is `wrong` (N,); K is how many are."""
    assert wrong is not None
    known = ~np.isnan(score)
    score, wrong = score[known], wrong[known]
    most = np.argsort(-score, kind="stable")[:int(wrong.sum())]
    return float(wrong[most].mean()) if len(most) else float("nan")


def precision_recall(score: np.ndarray, wrong: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision (M,) after each example from the most suspicious on."""
    assert wrong is not None
    known = ~np.isnan(score)
    found = np.cumsum(wrong[known][np.argsort(-score[known], kind="stable")])
    return found / max(1, found[-1]), found / np.arange(1, len(found) + 1)


def _together(ranking: Ranking) -> Together:
    draw = ranking.draw
    unseen = mean([judge.held_out_probabilities for judge in draw.of(ranking.method)])
    known = ~np.isnan(unseen).any(axis=1)

    def recall(score: np.ndarray) -> float:
        return recall_at_rate(np.where(known, score, np.nan), draw.wrong)

    scores = {name: np.full(len(known), np.nan) for name in CLEANLAB} if _has_cleanlab() else None
    for name, score in (scores or {}).items():
        score[known] = _by_cleanlab(name, draw.given[known], unseen[known])
    return Together(recall_at_rate(ranking.score, draw.wrong), recall(ranking.score),
                    None if scores is None else {name: recall(score) for name, score in scores.items()})


def _held_out(judges: Sequence[Witness], score: Callable[[PartEvidence], np.ndarray]) -> Summary:
    parts = [judge.evidence.held_out for judge in judges if judge.evidence.held_out is not None]
    return interval([recall_at_rate(score(part), part.given != part.true) for part in parts], SHARE)


def _cleanlab(judges: Sequence[Witness]) -> dict[str, Summary] | None:
    if not _has_cleanlab():
        return None

    def by(name: str) -> Callable[[PartEvidence], np.ndarray]:
        return lambda part: _by_cleanlab(name, part.given, part.probabilities)

    return {name: _held_out(judges, by(name)) for name in CLEANLAB}


def _has_cleanlab() -> bool:
    return find_spec("cleanlab") is not None


def _by_cleanlab(name: str, given: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    from cleanlab.rank import get_label_quality_scores

    suspicion: np.ndarray = -get_label_quality_scores(given, probabilities, method=name)
    return suspicion
