"""What a study storage holds, read without changing it, and a study taken out of it so that it is made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial

from sat_sweep.config.study import Study
from sat_sweep.home.databases import sqlite_path
from sat_sweep.search.study_storage import open_storage


class StoredTrial(NamedTuple):
    """A trial as a study storage has it; `state` is Optuna's word in small letters, `value` its score if it has one."""

    number: int
    state: str
    value: float | None


def stored_name(study: Study) -> str:
    """What the Optuna study of `study` is called: by its content, never by a default."""
    return f"{study.sweep}/{study.key}/{study.identity[:12]}"


def stored_trials(url: str, studies: Iterable[Study]) -> dict[str, list[StoredTrial]]:
    """The trials of each of `studies` by its key; no key for one that the storage at `url` does not know.

    Nothing is made where there is no database yet. Raises UserError if the storage cannot be opened.
    """
    if (path := sqlite_path(url)) is not None and not path.exists():
        return {}
    with _opened(url) as storage:
        known = {study.study_name: study._study_id for study in storage.get_all_studies()}
        return {study.key: [_stored(trial) for trial in storage.get_all_trials(known[name], deepcopy=False)]
                for study in studies if (name := stored_name(study)) in known}


def _stored(trial: FrozenTrial) -> StoredTrial:
    return StoredTrial(trial.number, trial.state.name.lower(), trial.values[0] if trial.values else None)


def forget_study(url: str, study: Study) -> None:
    """Take `study` out of the storage at `url`, if it is there; whoever opens it next makes it from the results."""
    with _opened(url) as storage:
        for known in storage.get_all_studies():
            if known.study_name == stored_name(study):
                storage.delete_study(known._study_id)


@contextmanager
def _opened(url: str) -> Iterator[RDBStorage]:
    storage = open_storage(url)
    try:
        yield storage
    finally:
        storage.engine.dispose()
