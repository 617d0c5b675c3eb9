"""What the searches of one method have learnt, over all conditions.

Optuna is asked how important each setting is, from result files alone, so that the answer is the same for a sweep of
last year: the driver writes nothing down for it. `search/importance.py` is the room where Optuna lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, Any

from sat_sweep.home import SweepRecord
from sat_sweep.report.learnt.setting import Setting, setting_of
from sat_sweep.report.learnt.study import LearntStudy
from sat_sweep.report.learnt.tried import ranks
from sat_sweep.report.rows import Row

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure

Ranges = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What was searched, by study key and setting."""


@dataclass(frozen=True)
class Learnt:
    """A method with something to search: its settings in the order of the file, its studies in table order."""

    method: str
    settings: tuple[Setting, ...]
    studies: tuple[LearntStudy, ...]

    @cached_property
    def importances(self) -> dict[str, float]:
        """Shares that add up to 1, the largest first; empty if too few trials are complete.

        The mean over the studies that have enough trials for an estimate of their own: of all trials together, a
        setting whose best value moves with the noise would seem to matter little. Where no study has enough, it is that
        estimate nevertheless, each trial with its rank among those of its study.
        """
        known = [shares for study in self.studies if (shares := self._importances([study]))]
        if not known:
            return self._importances(self.studies)
        means = {setting.name: fmean(shares[setting.name] for shares in known) for setting in self.settings}
        return dict(sorted(means.items(), key=lambda pair: (-pair[1], pair[0])))

    def _importances(self, studies: Sequence[LearntStudy]) -> dict[str, float]:
        from sat_sweep.imports.collector import no_collection

        with no_collection():
            from sat_sweep.search.importance import importances

        ranked = self._ranked(studies)
        return importances([settings for settings, _ in ranked], [rank for _, rank in ranked],
                           {setting.name: setting.as_data() for setting in self.settings})

    @cached_property
    def ranked(self) -> list[tuple[dict[str, Any], float]]:
        """The settings of every complete trial with its rank in its study, from 0 to 1, the best.

        A trial whose condition leaves a setting nothing to vary is left out.
        """
        return self._ranked(self.studies)

    def _ranked(self, studies: Sequence[LearntStudy]) -> list[tuple[dict[str, Any], float]]:
        names, found = {setting.name for setting in self.settings}, []
        for study in studies:
            rank = ranks(study.trials, study.measure)
            found += [(trial.settings, rank[trial.number]) for trial in study.trials
                      if trial.number in rank and names <= set(trial.settings)]
        return found

    @property
    def by_importance(self) -> list[Setting]:
        """The settings, the most important first; in the order of the file where that is not known."""
        shares = self.importances
        return sorted(self.settings, key=lambda setting: -shares.get(setting.name, 0.0))

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints."""
        return {"method": self.method, "importances": self.importances or None,
                "studies": [study.to_json() for study in self.studies]}


def learnt(rows: Sequence[Row], record: SweepRecord, measure: Measure, answer: Measure | None) -> tuple[Learnt, ...]:
    """What there is to learn from `rows`, whose trials were chosen by `measure` and methods are compared by `answer`.

    Methods that search nothing are left out. `answer` is None where nobody knows true labels.
    """
    ranges = {study.key: study.ranges for study in record.studies}
    found = []
    for method in dict.fromkeys(row.method for row in rows):
        studies = tuple(LearntStudy(row, measure, answer) for row in rows if row.method == method and row.tried)
        names = dict.fromkeys(name for study in studies for trial in study.trials for name in trial.settings)
        if names:
            found.append(Learnt(method, tuple(_setting(name, studies, ranges) for name in names), studies))
    return tuple(found)


def _setting(name: str, studies: Sequence[LearntStudy], ranges: Ranges) -> Setting:
    values = [trial.settings[name] for study in studies for trial in study.trials if name in trial.settings]
    return setting_of(name, [ranges.get(study.row.key, {}).get(name, {}) for study in studies], values)
