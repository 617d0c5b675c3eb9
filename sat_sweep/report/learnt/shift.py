"""How the best setting moves with the noise, or with what else varies."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from sat_sweep.report.axis import Axis
from sat_sweep.report.canvas import along, titled
from sat_sweep.report.learnt.method import Learnt
from sat_sweep.report.learnt.setting import Setting
from sat_sweep.report.palette import COLOURS, MARKERS

MOST_LINES = 8


def winners(learnt: Learnt, setting: Setting, axis: Axis) -> dict[str, list[tuple[float, Any]]]:
    """The place of each condition on `axis` with its winner's value, in order, by what else is special there."""
    found: dict[str, list[tuple[float, Any]]] = {}
    for study in learnt.studies:
        if study.winner is not None and setting.name in study.winner.settings:
            condition = study.row.condition
            found.setdefault(axis.panels[condition], []).append(
                (axis.places[condition], study.winner.settings[setting.name]))
    return {group: sorted(points, key=lambda point: point[0]) for group, points in found.items()}


def draw_shift(panel: Any, learnt: Learnt, setting: Setting, axis: Axis) -> None:
    """A line through the winners, and faintly the best quarter of each study: how much it matters.

    Groups of conditions have lines of their own; of more than MOST_LINES only the winners are drawn.
    """
    good = [(axis.places[study.row.condition], trial.settings[setting.name]) for study in learnt.studies
            for trial in study.best_quarter if setting.name in trial.settings]
    panel.plot([place for place, _ in good], [setting.place(value) for _, value in good], ".", color="#999999",
               alpha=0.6, markersize=5, markeredgewidth=0)
    lines = winners(learnt, setting, axis)
    for (group, points), colour, marker in zip(lines.items(), cycle(COLOURS), cycle(MARKERS)):
        panel.plot([place for place, _ in points], [setting.place(value) for _, value in points], marker=marker,
                   color=colour, markersize=5, linestyle="-" if len(lines) <= MOST_LINES else "none",
                   label=f"winner {group}".strip() if 1 < len(lines) <= MOST_LINES else None)
    panel.set_xticks(list(axis.ticks), list(axis.ticks.values()))
    along(panel.yaxis, setting.ticks, setting.ends)
    panel.set_xlabel(axis.label)
    titled(panel, f"best {setting.name}")
