"""The trials of all studies of a sweep at once, in six queries.

Optuna reads study by study and makes an object of each row first: of ten thousand trials that is most of the time that
a relaunch takes. What comes out is the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, select

_distribution = cache(json_to_distribution)


def study_ids(storage: RDBStorage, names: Collection[str]) -> dict[str, int]:
    """Optuna's ids of those of the studies `names` that there are."""
    with storage.engine.connect() as connection:
        wanted = select(models.StudyModel.study_name, models.StudyModel.study_id)
        return dict(iter(connection.execute(wanted.where(models.StudyModel.study_name.in_(names)))))


def all_trials(storage: RDBStorage, studies: Collection[int]) -> dict[int, list[FrozenTrial]]:
    """By the id of each of `studies` what `storage.get_all_trials` says of it."""
    found: dict[int, list[FrozenTrial]] = {study: [] for study in studies}
    with storage.engine.connect() as connection:
        rows = _Rows(connection, studies)
        for study, trial in rows.trials():
            found[study].append(trial)
    return found


class _Rows:
    """What the tables say of the trials of some studies."""

    def __init__(self, connection: Connection, studies: Collection[int]) -> None:
        self._connection, self._studies = connection, studies
        param, value, step = models.TrialParamModel, models.TrialValueModel, models.TrialIntermediateValueModel
        self._params = self._by_trial(param, param.param_id, param.param_name, param.distribution_json,
                                      param.param_value)
        self._values = self._by_trial(value, value.objective, value.value, value.value_type)
        self._steps = self._by_trial(step, step.step, step.intermediate_value, step.intermediate_value_type)
        self._attributes = [self._by_trial(kind, kind.key, kind.value_json)
                            for kind in (models.TrialUserAttributeModel, models.TrialSystemAttributeModel)]

    def _by_trial(self, kind: Any, order: Any, *columns: Any) -> dict[int, list[Any]]:
        """The columns `order` and `columns` of the table of `kind`, in this order, by the trial that they belong to."""
        asked = (select(kind.trial_id, order, *columns).join(models.TrialModel)
                 .where(models.TrialModel.study_id.in_(self._studies)).order_by(order))
        rows = defaultdict(list)
        for trial, *rest in self._connection.execute(asked):
            rows[trial].append(rest)
        return rows

    def trials(self) -> Iterator[tuple[int, FrozenTrial]]:
        """Every trial with the id of its study, in the order in which they were made."""
        kind = models.TrialModel
        asked = (select(kind.study_id, kind.trial_id, kind.number, kind.state, kind._datetime_start_utc,
                        kind._datetime_complete_utc).where(kind.study_id.in_(self._studies)).order_by(kind.trial_id))
        for study, *about in self._connection.execute(asked):
            yield study, self._trial(*about)

    def _trial(self, trial: int, number: int, state: TrialState, started: datetime | None,
               ended: datetime | None) -> FrozenTrial:
        distributions: dict[str, BaseDistribution] = {}
        params = {}
        for _, name, distribution, stored in self._params[trial]:
            distributions[name] = _distribution(distribution)
            params[name] = distributions[name].to_external_repr(stored)
        to_value = models.TrialValueModel.stored_repr_to_value
        to_step = models.TrialIntermediateValueModel.stored_repr_to_intermediate_value
        user, system = ({key: json.loads(text) for key, text in kind[trial]} for kind in self._attributes)
        return FrozenTrial(
            number=number, state=state, value=None, trial_id=trial,
            values=[to_value(value, kind) for _, value, kind in self._values[trial]] or None,
            datetime_start=_local(started), datetime_complete=_local(ended), params=params,
            distributions=distributions, user_attrs=user, system_attrs=system,
            intermediate_values={step: to_step(value, kind) for step, value, kind in self._steps[trial]})


def _local(stored: datetime | None) -> datetime | None:
    """Optuna keeps times in UTC and shows those of the place, both without saying so."""
    return None if stored is None else stored.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
