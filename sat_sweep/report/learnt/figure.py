"""The figure of what a method's searches have learnt: one for every eight conditions, so that all can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from math import ceil
from typing import Any

from matplotlib.figure import Figure

from sat_sweep.report.axis import axis_of
from sat_sweep.report.canvas import finished, grid, style
from sat_sweep.report.learnt.heat_map import draw_heat_map
from sat_sweep.report.learnt.method import Learnt
from sat_sweep.report.learnt.panels import draw_importances, draw_progress, draw_scores
from sat_sweep.report.learnt.shift import draw_shift
from sat_sweep.report.palette import SHADES, shades
from sat_sweep.report.report import Report

COLUMNS = 3
HEIGHT = 2.4
"""Inches of a panel."""
MOST_SETTINGS = 6
"""More of them have no panels: the least important are left out."""
PRUNED = "pruned"

Draw = Callable[[Any], None]


def figures(report: Report, learnt: Learnt) -> list[Figure]:
    """What `learnt` says: the first figure also has what all conditions say together.

    Progress; importances and a heat map of the two most important settings; each setting against the score; and how
    the winner's moves from condition to condition.
    """
    parts = [replace(learnt, studies=learnt.studies[start: start + len(SHADES)])
             for start in range(0, len(learnt.studies), len(SHADES))]
    return [_figure(report, learnt, part, with_all=part is parts[0]) for part in parts]


def _figure(report: Report, learnt: Learnt, part: Learnt, with_all: bool) -> Figure:
    shown = learnt.by_importance[:MOST_SETTINGS]
    look = shades([study.row.condition for study in part.studies])
    draws: list[Draw | None] = [partial(draw_progress, learnt=part, look=look)]
    if with_all and len(shown) > 1:
        if learnt.importances:
            draws.append(partial(draw_importances, learnt=learnt))
        draws.append(partial(draw_heat_map, learnt=learnt, across=shown[0], up=shown[1]))
    draws += [partial(draw_scores, learnt=part, setting=setting, look=look) for setting in shown]
    if with_all and len(learnt.studies) > 1:
        draws += [None] * (-len(draws) % COLUMNS) if len(shown) > 1 else []
        draws += [partial(draw_shift, learnt=learnt, setting=setting, axis=axis_of(report)) for setting in shown]
    return _drawn(draws, [*look, PRUNED, *(f"winner {group}" for group in axis_of(report).panels.values())])


def _drawn(draws: Sequence[Draw | None], names: Sequence[str]) -> Figure:
    """Panels side by side, COLUMNS in a row, with one legend; None leaves a place empty."""
    with style():
        columns = min(COLUMNS, len(draws))
        figure, panels = grid(ceil(len(draws) / columns), columns, HEIGHT, sharex=False)
        for panel, draw in zip_longest(panels, draws):
            if draw is None:
                panel.set_visible(False)
            else:
                draw(panel)
        return finished(figure, panels, names)
