"""Panels of one method: the way to the winner, what decided, and the score against a setting."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from sat_sweep.report.canvas import along, in_percent, in_unit, titled
from sat_sweep.report.learnt.method import Learnt
from sat_sweep.report.learnt.setting import Setting
from sat_sweep.report.learnt.study import LearntStudy
from sat_sweep.report.palette import COLOURS, Look

MANY_POINTS = 400
"""So many are drawn as one picture: as shapes they would make the page heavy."""
REACH = 3.0
"""What lies farther below the middle half of all scores than this many times its width stands at the edge."""


def draw_progress(panel: Any, learnt: Learnt, look: Mapping[str, Look]) -> None:
    """How far the best so far was from the winner, by trial; a line for each study."""
    for study in learnt.studies:
        condition, winner = study.row.condition, study.winner
        known = [(trial.number + 1, best) for trial, best in zip(study.trials, study.best_so_far, strict=True)
                 if best is not None]
        if winner is not None and winner.score is not None:
            panel.plot([number for number, _ in known], [best - winner.score for _, best in known],
                       drawstyle="steps-post", **look[condition].line)
            panel.plot([winner.number + 1], [0.0], markersize=5, linestyle="none", label=condition,
                       **look[condition].mark, color=look[condition].colour)
    panel.set_title("best so far, less the winner")
    panel.set_xlabel("trial")
    in_unit(panel, learnt.studies[0].measure)


def draw_importances(panel: Any, learnt: Learnt) -> None:
    """A bar for each setting, the most important on top."""
    names = list(learnt.importances)
    panel.barh(range(len(names)), list(learnt.importances.values()), height=0.6, color=COLOURS[0])
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.set_xlim(0, 1)
    panel.set_xticks([0, 0.5, 1])
    panel.set_axisbelow(True)
    panel.set_title("importance (PED-ANOVA)")
    in_percent(panel.xaxis)


def draw_scores(panel: Any, learnt: Learnt, setting: Setting, look: Mapping[str, Look]) -> None:
    """The score of every trial, less that of its study's winner, against `setting`; crosses were pruned."""
    sign = learnt.studies[0].measure.sign
    limit = _limit(learnt)
    for study in learnt.studies:
        for complete in (False, True):
            _draw_points(panel, study, setting, look[study.row.condition], complete, limit)
    if limit is not None:
        panel.set_ylim(**{"bottom" if sign > 0 else "top": limit + 0.04 * limit})
    along(panel.xaxis, setting.ticks, setting.ends)
    panel.set_xlabel(setting.name)
    titled(panel, f"score by {setting.name}")
    in_unit(panel, learnt.studies[0].measure)


def _draw_points(panel: Any, study: LearntStudy, setting: Setting, look: Look, complete: bool,
                 limit: float | None) -> None:
    """The winner has a ring; what lies beyond `limit` stands there."""
    winner = study.winner
    trials = [trial for trial in study.trials if trial.complete == complete and trial.score is not None
              and setting.name in trial.settings]
    if winner is None or winner.score is None or not trials:
        return
    places = [setting.place(trial.settings[setting.name]) for trial in trials]
    lags = [_within((trial.score or 0.0) - winner.score, limit) for trial in trials]
    marker: dict[str, Any] = look.mark if complete else {"marker": "x", "alpha": 0.55}
    panel.plot(places, lags, linestyle="none", color=look.colour, markersize=4 if complete else 3.5,
               label=None if complete else "pruned", rasterized=len(trials) > MANY_POINTS, **marker)
    if complete:
        panel.plot([setting.place(winner.settings[setting.name])], [0.0], "o", color=look.colour, markersize=9,
                   markerfacecolor="none")


def _within(lag: float, limit: float | None) -> float:
    return lag if limit is None else max(lag, limit) if limit < 0 else min(lag, limit)


def _limit(learnt: Learnt) -> float | None:
    """How far from the winner a score is still drawn where it is; None for all."""
    sign = learnt.studies[0].measure.sign
    lags = [sign * (trial.score - study.winner.score) for study in learnt.studies for trial in study.trials
            if trial.score is not None and study.winner is not None and study.winner.score is not None]
    if len(lags) < 4:
        return None
    first, _, third = statistics.quantiles(lags, n=4)
    low = first - REACH * (third - first)
    return sign * low if min(lags) < low < 0 else None
