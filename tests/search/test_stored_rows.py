"""Reading the trials of all studies at once comes to what Optuna reads of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from sat_sweep.search.stored_rows import all_trials, study_ids
from tests.execution.postgres import cluster

DISTRIBUTIONS = {"lr": FloatDistribution(1e-5, 1.0, log=True), "epochs": IntDistribution(1, 89, step=2),
                 "loss": CategoricalDistribution([None, True, 3, 0.25, "text"])}
PARAMS = [{"lr": 0.1 + 0.2, "epochs": 7, "loss": choice} for choice in (None, True, 3, 0.25, "text")]
REPORTS = {1: 0.1, 30: math.inf, 4: -math.inf, 2: 1 / 3}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RDBStorage]:
    with cluster() if request.param == "PostgreSQL" else nullcontext(f"sqlite:///{tmp_path / 'studies.db'}") as url:
        yield RDBStorage(url)


def filled(storage: RDBStorage, name: str) -> int:
    """A study with trials that ended in every way, that run and that wait; its id."""
    study = optuna.create_study(storage=storage, study_name=name)
    for params, (state, value) in zip(PARAMS, [(TrialState.COMPLETE, 0.7), (TrialState.COMPLETE, math.inf),
                                               (TrialState.PRUNED, None), (TrialState.FAIL, None),
                                               (TrialState.RUNNING, None)], strict=True):
        study.add_trial(optuna.trial.create_trial(
            state=state, value=value, params=params, distributions=DISTRIBUTIONS, intermediate_values=REPORTS,
            user_attrs={"reason": f"why {state}"}, system_attrs={"rung": [1, {"of": None}]}))
    study.enqueue_trial({"lr": 0.5})
    study.tell(study.ask(), state=TrialState.FAIL)
    return int(study._study_id)


def test_every_kind_of_trial_of_every_study_is_what_optuna_says(storage: RDBStorage) -> None:
    studies = [filled(storage, name) for name in ("a", "b")]
    empty = int(optuna.create_study(storage=storage, study_name="empty")._study_id)
    filled(storage, "not asked for")
    asked = [*studies, empty]
    assert all_trials(storage, asked) == {study: storage.get_all_trials(study) for study in asked}


def test_the_order_of_settings_stays(storage: RDBStorage) -> None:
    study = filled(storage, "a")
    assert [list(trial.params) for trial in all_trials(storage, [study])[study]] == \
        [list(trial.params) for trial in storage.get_all_trials(study)]


def test_what_was_reported_and_is_no_number_stays_so(storage: RDBStorage) -> None:
    study = optuna.create_study(storage=storage)
    study.ask().report(math.nan, 3)
    [trial] = all_trials(storage, [study._study_id])[study._study_id]
    assert math.isnan(trial.intermediate_values[3])


def test_studies_are_found_by_name(storage: RDBStorage) -> None:
    study = filled(storage, "a")
    assert study_ids(storage, ["a", "absent"]) == {"a": study}
    assert study_ids(storage, []) == {}
