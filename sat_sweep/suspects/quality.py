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
from sat_sweep.suspects.ranking import rank
from sat_sweep.suspects.witness import Witness, wrongness
from sat_sweep.training.evidence import PartEvidence

SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Quality:
    """Recall at the noise rate: of as many examples as have wrong labels, the most suspicious, the share that has.

    Summaries over single seeds: of `everything`, and of what a seed held out alone by our score, by cleanlab's
    self-confidence and by its normalised margin on the same probabilities; None where cleanlab is not installed.
    `together` is the recall of all seeds at once, where they were given the same labels. `precision` (P,) belongs to
    `recall` (P,) as ever more examples are suspected.
    """

    everything: Summary
    held_out: Summary
    cleanlab: dict[str, Summary] | None
    together: float | None
    recall: np.ndarray
    precision: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """As plain data, without the curve."""
        cleanlab = None if self.cleanlab is None else {
            name: summary.to_json() for name, summary in self.cleanlab.items()}
        return {"recall": self.everything.to_json(), "recall_held_out": self.held_out.to_json(),
                "recall_cleanlab": cleanlab, "recall_together": self.together}


def quality(draws: Sequence[Draw], method: str) -> Quality | None:
    """How well `method` finds the wrong labels of `draws`; None where they are unknown or none is wrong."""
    if any(draw.wrong is None or not draw.wrong.any() for draw in draws):
        return None
    judges = [judge for draw in draws for judge in draw.of(method)]
    single = [recall_at_rate(judge.wrongness, draw.wrong) for draw in draws for judge in draw.of(method)]
    rankings = [rank(draw, method) for draw in draws]
    together = recall_at_rate(rankings[0].score, draws[0].wrong) if len(draws) == 1 else None
    curves = [precision_recall(ranking.score, ranking.draw.wrong) for ranking in rankings]
    grid = np.linspace(0, 1, 101)[1:]
    precision = np.mean([np.interp(grid, *curve) for curve in curves], axis=0)
    return Quality(interval(single, SHARE), _held_out(judges, wrongness),
                   _cleanlab(judges), together, grid, precision)


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


def _held_out(judges: Sequence[Witness], score: Callable[[PartEvidence], np.ndarray]) -> Summary:
    parts = [judge.evidence.held_out for judge in judges if judge.evidence.held_out is not None]
    return interval([recall_at_rate(score(part), part.given != part.true) for part in parts], SHARE)


def _cleanlab(judges: Sequence[Witness]) -> dict[str, Summary] | None:
    """Its two scores for single labels, from the extra `labels`."""
    if find_spec("cleanlab") is None:
        return None
    from cleanlab.rank import get_label_quality_scores

    def by(method: str) -> Callable[[PartEvidence], np.ndarray]:
        return lambda part: -get_label_quality_scores(part.given, part.probabilities, method=method)

    return {name: _held_out(judges, by(name)) for name in ("self_confidence", "normalized_margin")}
