"""Whether studies can be kept where a space file says, asked before anything is started and without Optuna."""

from __future__ import annotations

from typing import Any

from sat_sweep.errors import UserError
from sat_sweep.home import expanded, redacted
from sat_sweep.home.databases import check_file

FILLED_LAST = "version_info"
"""The table that Optuna fills last when it makes a database."""
CONNECT = 5
"""Seconds in which a database server must answer; its clients would wait for minutes."""


def check_storage(url: str) -> None:
    """Raise UserError, in one sentence, if the database server at `url` is out of reach or refuses.

    A file is left to whoever opens it, unless it cannot be one of ours.
    """
    from sqlalchemy import create_engine

    check_file(expanded(url), FILLED_LAST)
    try:
        engine = create_engine(expanded(url), **engine_options(url))
        if engine.dialect.name != "sqlite":
            with engine.connect():
                pass
        engine.dispose()
    except Exception as error:  # whatever a driver raises
        raise unopened(url, error) from error


def engine_options(url: str) -> dict[str, Any]:
    """How to connect to `url`: a server is waited for for seconds, and a connection that it has dropped is renewed."""
    if not url.startswith(("postgresql", "mysql", "mariadb")):
        return {}
    return {"connect_args": {"connect_timeout": CONNECT}, "pool_pre_ping": True}


def unopened(url: str, error: Exception) -> UserError:
    """The sentence for what a database or its driver said, without passwords."""
    return UserError(f"the studies at {redacted(url)} cannot be opened: {reason_of(error)}; "
                     "check storage.studies, and what the variables in it are set to")


def reason_of(error: BaseException) -> str:
    """What a database or its driver said last, in one line, without passwords."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    reason = next((line.partition("FATAL:")[2] for line in said if "FATAL:" in line), said[0]).strip().rstrip(".")
    return redacted(reason)
