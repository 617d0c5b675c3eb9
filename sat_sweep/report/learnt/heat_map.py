"""Two settings against each other: where the good trials lie."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

from sat_sweep.report.canvas import along
from sat_sweep.report.learnt.method import Learnt
from sat_sweep.report.learnt.panels import MANY_POINTS
from sat_sweep.report.learnt.setting import Setting

COLOURS = "YlGnBu"
WINNER = "#d55e00"


def cells(learnt: Learnt, across: Setting, up: Setting) -> list[list[float]]:
    """The mean rank of the complete trials in each cell, row by row from the lowest of `up`; nan where there are none.

    A rank is that among the trials of the same study, from 0 to 1, the best.
    """
    found: dict[tuple[int, int], list[float]] = {}
    for settings, rank in learnt.ranked:
        found.setdefault((up.cell(settings[up.name]), across.cell(settings[across.name])), []).append(rank)
    rows, columns = len(up.edges) - 1, len(across.edges) - 1
    return [[fmean(found[row, column]) if (row, column) in found else math.nan for column in range(columns)]
            for row in range(rows)]


def draw_heat_map(panel: Any, learnt: Learnt, across: Setting, up: Setting) -> None:
    """Cells by mean rank, all conditions together; dots are trials, crosses were pruned, rings are winners."""
    panel.set_facecolor("#f4f4f4")
    panel.grid(False)
    panel.pcolormesh(across.edges, up.edges, cells(learnt, across, up), cmap=COLOURS, vmin=0, vmax=1)
    _draw_trials(panel, learnt, across, up)
    along(panel.xaxis, across.ticks, across.ends)
    along(panel.yaxis, up.ticks, up.ends)
    panel.set_xlabel(across.name)
    panel.set_ylabel(up.name)
    panel.set_title("mean rank, dark is best")


def _draw_trials(panel: Any, learnt: Learnt, across: Setting, up: Setting) -> None:
    known = [(study, trial) for study in learnt.studies for trial in study.trials
             if trial.score is not None and {across.name, up.name} <= set(trial.settings)]
    looks: tuple[tuple[str, list[Any], dict[str, Any]], ...] = (
        ("x", [trial for _, trial in known if not trial.complete], {"markersize": 3, "color": "#777777"}),
        (".", [trial for _, trial in known if trial.complete], {"markersize": 3, "color": "#333333"}),
        ("o", [trial for study, trial in known if trial is study.winner],
         {"markersize": 7, "color": WINNER, "markerfacecolor": "none", "markeredgewidth": 1.2}),
    )
    for marker, trials, look in looks:
        panel.plot([across.place(trial.settings[across.name]) for trial in trials],
                   [up.place(trial.settings[up.name]) for trial in trials], marker, linestyle="none",
                   rasterized=len(trials) > MANY_POINTS, **look)
