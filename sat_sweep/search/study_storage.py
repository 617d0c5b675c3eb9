"""Optuna's storage, written in the background.

Decisions are made on trials in memory (`study_search.py`), so nothing waits for a database: a write that a crash
swallows is made again, since the trial it belongs to is issued again and comes to the same. For a database that is
away the thread waits, and the driver does not: every write may be made twice and counts once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from sat_sweep.errors import MachineFailure
from sat_sweep.home import expanded
from sat_sweep.home.databases import opening
from sat_sweep.imports.collector import no_collection
from sat_sweep.search.storage_check import FILLED_LAST, engine_options, unopened
from sat_sweep.search.storage_outage import StorageAway, tell_outages, waited_for, was_cut
from sat_sweep.search.stored_rows import all_trials, study_ids

if TYPE_CHECKING:  # optuna-dashboard, which needs no torch, opens storages too
    from sat_sweep.tasks import Measure

optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_storage(url: str) -> RDBStorage:
    """The storage at an SQLAlchemy URL, which may refer to environment variables.

    Raises UserError if it cannot be opened, and later StorageAway where it is away. A server that ends connections is
    waited for. SQLite is set to a journal that neither blocks readers nor waits for disks.
    """
    storage = waited_for(lambda: _opened(url))
    tell_outages(storage.engine)
    if storage.engine.dialect.name == "sqlite":
        storage.engine.dispose()
        event.listen(storage.engine, "connect", _relax)
    return storage


def _opened(url: str) -> RDBStorage:
    try:
        with no_collection(), opening(url, FILLED_LAST):  # which imports much
            return RDBStorage(expanded(url), engine_kwargs=engine_options(url))
    except (ImportError, SQLAlchemyError, StorageInternalError) as error:
        if was_cut(error):
            raise StorageAway(str(unopened(url, error))) from error
        raise unopened(url, error) from error


def _relax(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def direction(measure: Measure) -> str:
    """Optuna's word for which way `measure` is better."""
    return "maximize" if measure.better == "higher" else "minimize"


class StudyStorage:
    """Writes to one storage from one thread, in the order in which they were asked for.

    `permit` is called before each, and raises where this process may not write any more.
    """

    def __init__(self, url: str, permit: Callable[[], None] = lambda: None) -> None:
        self.storage, self._permit = open_storage(url), permit
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._write, name="optuna storage", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until everything is written; raises MachineFailure if something could not be."""
        self._work.put(None)
        self._thread.join()
        self.storage.engine.dispose()
        if self._error is not None:
            raise MachineFailure(f"the studies could not be written: {self._error}") from self._error

    @property
    def backlog(self) -> int:
        """How many writes have been asked for and not begun."""
        return self._work.qsize()

    def studies(self, wanted: Mapping[str, Measure]) -> dict[str, StoredStudy]:
        """The Optuna studies of these names, each for the best by its measure; made where they do not exist."""
        return waited_for(lambda: self._studies(wanted))

    def _studies(self, wanted: Mapping[str, Measure]) -> dict[str, StoredStudy]:
        known = study_ids(self.storage, wanted)
        ids = {name: known[name] if name in known else self._made(name, measure) for name, measure in wanted.items()}
        trials = all_trials(self.storage, known.values())
        return {name: StoredStudy(self, study, trials.get(study, [])) for name, study in ids.items()}

    def _made(self, name: str, measure: Measure) -> int:
        made = optuna.create_study(storage=self.storage, study_name=name, direction=direction(measure),
                                   load_if_exists=True)
        return int(made._study_id)

    def add(self, write: Callable[[], None]) -> None:
        """Have `write`, which may be made twice, done later in the thread; raises at once if an earlier one failed."""
        if self._error is not None:
            raise MachineFailure(f"the studies could not be written: {self._error}") from self._error
        self._work.put(write)

    def _write(self) -> None:
        while (write := self._work.get()) is not None:
            if self._error is None:
                try:
                    waited_for(partial(self._make, write))
                except Exception as error:  # reported to the driver by the next call
                    self._error = error

    def _make(self, write: Callable[[], None]) -> None:
        self._permit()
        write()


class StoredStudy:
    """One Optuna study; trials are named by their number, as everywhere in this package."""

    def __init__(self, storage: StudyStorage, study: int, stored: Sequence[FrozenTrial]) -> None:
        """`study` is Optuna's id of it, `stored` are the trials that it has so far."""
        self._writer, self._study, self.stored = storage, study, stored
        self._ids = {trial.number: trial._trial_id for trial in stored}

    def asked(self, number: int, params: Mapping[str, Any], distributions: Mapping[str, BaseDistribution]) -> None:
        """Trial `number` exists now and is running."""
        trial = optuna.trial.create_trial(state=TrialState.RUNNING, params=dict(params),
                                          distributions=dict(distributions))

        def write() -> None:
            self._ids[number] = self._made(number) or self._writer.storage.create_new_trial(
                self._study, template_trial=trial)

        self._writer.add(write)

    def _made(self, number: int) -> int | None:
        """Optuna's id of trial `number`, None if there is none: an answer may have been lost, and the trial made."""
        with suppress(KeyError):
            return int(self._writer.storage.get_trial_id_from_study_id_trial_number(self._study, number))
        return None

    def reported(self, number: int, step: int, value: float) -> None:
        """Trial `number` had this value after epoch `step`; saying it again changes nothing."""
        self._writer.add(lambda: self._writer.storage.set_trial_intermediate_value(self._ids[number], step, value))

    def finished(self, number: int, state: TrialState, value: float | None, reason: str | None) -> None:
        """Trial `number` has ended."""

        def write() -> None:
            values = None if value is None else [value]
            with suppress(UpdateFinishedTrialError):  # it was done before, and the answer was lost
                if reason is not None:
                    self._writer.storage.set_trial_user_attr(self._ids[number], "reason", reason)
                self._writer.storage.set_trial_state_values(self._ids[number], state, values)

        self._writer.add(write)
