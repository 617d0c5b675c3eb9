"""Databases that somebody else holds."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

from tests.faults.round import Round


def locked(*names: str) -> Callable[[Round], None]:
    """Somebody else writes to the databases for as long as `pause` allows, and lets nobody else."""

    def hold(this: Round) -> None:
        this.moment()
        this.until(lambda: all((this.home / name).exists() for name in names), patience=60)
        paths = [this.home / name for name in names if (this.home / name).exists()]
        connections = [sqlite3.connect(path, timeout=30, isolation_level=None) for path in paths]
        for connection in connections:
            connection.execute("BEGIN EXCLUSIVE")
        time.sleep(this.choice.uniform(this.pause / 3, this.pause))
        for connection in connections:
            with closing(connection):
                connection.execute("ROLLBACK")

    return hold
