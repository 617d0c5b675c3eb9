"""A database server that goes away in the middle of a write: every write counts once, whatever was heard of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import OperationalError

from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.search import storage_outage, study_storage
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.tasks import Measure

MEASURE = Measure("val/noisy_accuracy", "val", "given", "higher", 0.0, "fraction", "accuracy")
AWAY = "database is locked"
"""What SQLite says where a server would say that it is not there."""


def lose_commits(storage: StudyStorage, *, done: bool, times: int = 1) -> None:
    """The next commits fail, so many `times`: those that are `done` fail only for who asked for them."""
    dialect, left = storage.storage.engine.dialect, [times]
    commit: Callable[[Any], None] = dialect.do_commit

    def lost(connection: Any) -> None:
        if done or not left[0]:
            commit(connection)
        if left[0]:
            left[0] -= 1
            raise sqlite3.OperationalError(AWAY)

    dialect.do_commit = lost  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _waits_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_outage, "PATIENCE", (0.0, 0.0, 0.0))


def stored(url: str) -> list[FrozenTrial]:
    storage = StudyStorage(url)
    trials = storage.studies({"s": MEASURE})["s"].stored
    storage.close()
    return trials


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("done", [True, False])
def test_a_write_that_was_interrupted_is_made_once(tmp_path: Path, done: bool, times: int) -> None:
    """Each of the four writes of a trial's life, whether or not the server had done it already."""
    writes: list[Callable[[Any], None]] = [
        lambda study: study.asked(0, {}, {}), lambda study: study.reported(0, 1, 0.25),
        lambda study: study.finished(0, TrialState.COMPLETE, 0.5, "broken"), lambda study: study.asked(1, {}, {})]
    for at in range(len(writes)):
        url = f"sqlite:///{tmp_path / str(at)}.db"
        storage = StudyStorage(url)
        study = storage.studies({"s": MEASURE})["s"]
        for number, write in enumerate(writes):
            if number == at:
                storage.add(partial(lose_commits, storage, done=done, times=times))
            write(study)
        storage.close()
        first, second = stored(url)
        assert (first.state, first.values, first.user_attrs) == (TrialState.COMPLETE, [0.5], {"reason": "broken"})
        assert first.intermediate_values == {1: 0.25}
        assert (second.number, second.state) == (1, TrialState.RUNNING)


def test_a_study_is_opened_once_the_server_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    storage = StudyStorage(url)
    lose_commits(storage, done=True)
    assert storage.studies({"s": MEASURE})["s"].stored == []
    storage.close()


def test_patience_ends_with_a_sentence_and_nothing_is_written_after_the_gap(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    storage = StudyStorage(url)
    study = storage.studies({"s": MEASURE})["s"]
    study.asked(0, {}, {})
    storage.add(partial(lose_commits, storage, done=False, times=4))
    study.asked(1, {}, {})
    with pytest.raises(MachineFailure, match=f"^the studies could not be written: {AWAY}$"):
        storage.close()
    assert [trial.number for trial in stored(url)] == [0]


def test_a_mistake_is_no_outage(tmp_path: Path) -> None:
    """What is wrong stays wrong: nobody waits for it."""
    storage = StudyStorage(f"sqlite:///{tmp_path / 'studies.db'}")
    tried: list[int] = []

    def wrong() -> None:
        tried.append(1)
        raise sqlite3.OperationalError("no such table: trials")

    storage.add(wrong)
    with pytest.raises(MachineFailure, match="no such table"):
        storage.close()
    assert len(tried) == 1


@pytest.mark.parametrize("cut", [True, False])
def test_a_server_that_ends_connections_is_there_and_one_that_refuses_them_is_not(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: bool) -> None:
    """The first is waited for; the second is the user's to mend, and said at once."""
    tried: list[int] = []

    def troubled(*given: Any, **named: Any) -> RDBStorage:
        tried.append(1)
        if len(tried) <= 2:
            raise OperationalError("SELECT 1", None, Exception("terminating connection"), connection_invalidated=cut)
        return RDBStorage(*given, **named)

    monkeypatch.setattr(study_storage, "RDBStorage", troubled)
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    if cut:
        StudyStorage(url).close()
    else:
        with pytest.raises(UserError, match="cannot be opened: terminating connection; check storage"):
            StudyStorage(url)
    assert len(tried) == (3 if cut else 1)
