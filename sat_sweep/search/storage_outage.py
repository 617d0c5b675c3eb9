"""A study storage that is away for a while: told apart from mistakes, and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, OperationalError

from sat_sweep.errors import MachineFailure
from sat_sweep.search.storage_check import reason_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine, ExceptionContext

Found = TypeVar("Found")
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between attempts; a server that is started again, or that another one stands in for, takes less than all."""


class StorageAway(MachineFailure):
    """The database of a study storage is away, in one sentence; whether a last commit was done nobody knows."""


def waited_for(work: Callable[[], Found]) -> Found:
    """What `work` comes to, which is done again while the storage is away; twice must be as good as once.

    Raises StorageAway at the end of all patience.
    """
    for seconds in PATIENCE:
        try:
            return work()
        except StorageAway:
            time.sleep(seconds)
    return work()


def was_cut(error: BaseException) -> bool:
    """Whether a connection ended that had been made: the server is there, or was."""
    return any(getattr(cause, "connection_invalidated", False) for cause in (error, error.__cause__))


def tell_outages(engine: Engine) -> None:
    """From now on `engine` raises StorageAway where its database is away.

    Optuna tries the creation of a trial again after any error of SQLAlchemy's, also where it was done and only the
    answer was lost: then there would be two. This is none of those errors.
    """
    event.listen(engine, "handle_error", _tell)


def _tell(context: ExceptionContext) -> None:
    if not context.is_pre_ping and _may_pass(context):
        raise StorageAway(reason_of(context.original_exception))


def _may_pass(context: ExceptionContext) -> bool:
    """Of SQLite, which is no server, only that somebody else is writing."""
    if context.dialect.name == "sqlite":
        return "locked" in str(context.original_exception)
    return context.is_disconnect or isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError)
