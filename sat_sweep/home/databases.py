"""SQLite databases: opened by one process at a time, and set aside where they are damaged or half made.

Both databases of a home can be made again, Optuna's from result files and MLflow's from everything. A file that is set
aside keeps its content under another name. What is not ours is never touched, whatever a space file names.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sat_sweep.errors import UserError
from sat_sweep.home.lock import locked
from sat_sweep.home.names import DATABASES
from sat_sweep.home.warn import warn_once

PREFIX = "sqlite:///"
SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database."""
_BEGINNING = b"SQLite format 3\0"
_MADE_FIRST = {"version_info": "studies", "experiments": "experiments"}
"""By the table that is filled last: the one that is made first, which a database has that is being made."""


@contextmanager
def opening(url: str, filled_last: str) -> Iterator[None]:
    """Meanwhile the database at `url` is opened, and made if there is none; nobody else makes it at the same time.

    An SQLite file that is damaged is set aside first, as is one whose table `filled_last` has no row: whoever was
    making it was killed. That is told on standard error. Other databases look after themselves. Raises UserError as
    `check_file` does.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    check_file(url, filled_last)
    with locked(path.with_name(f".{path.name}.lock")):
        if (damage := _damage(path, filled_last)) is not None:
            aside = _set_aside(path)
            warn_once(f"{path.name} cannot be used, {damage}; it is made again from the results, and kept as {aside}")
        yield


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, None for any other."""
    name = url.removeprefix(PREFIX).partition("?")[0]
    return Path(name).absolute() if url.startswith(PREFIX) and name else None


def check_file(url: str, filled_last: str) -> None:
    """Raise UserError if `url` is that of an SQLite file which cannot be ours; nothing is made or changed.

    That is a folder, a device, a file of another kind, or a database that has none of our tables.
    """
    path = sqlite_path(url)
    if path is None:
        return
    try:
        reason = _strange(path, filled_last)
    except OSError as error:
        reason = f"cannot be reached: {error.strerror}"
    if reason is not None:
        raise UserError(f"the database {path} {reason}; name another file")


def _strange(path: Path, filled_last: str) -> str | None:
    """Why the file at `path` is none that may be used or set aside, None if it may, or is yet to be made."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        parent = next(parent for parent in path.parents if parent.exists())
        return None if parent.is_dir() else f"cannot be made: {parent} is no folder"
    if not path.is_file():
        return "is no regular file"
    if path.name in DATABASES or not path.stat().st_size:  # ours, whatever has become of it, or nobody's yet
        return None
    with path.open("rb") as file:
        if file.read(len(_BEGINNING)) != _BEGINNING:
            return "is a file of another kind, which is left as it is"
    tables = _tables(path)
    known = {filled_last, _MADE_FIRST.get(filled_last, filled_last)}
    return "is somebody else's, which is left as it is" if tables and not tables & known else None


def _tables(path: Path) -> set[str]:
    """The names of all tables; none where they cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError:
        return set()


def _damage(path: Path, filled_last: str) -> str | None:
    if not path.exists():
        return None
    if path.stat().st_size == 0:
        return "it is empty" if any(path.with_name(path.name + ending).exists() for ending in SIDE_FILES) else None
    try:
        with closing(sqlite3.connect(path)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                return "it is damaged"
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if filled_last not in tables or not connection.execute(f"SELECT 1 FROM {filled_last} LIMIT 1").fetchone():
                return "it was never made to the end"
    except sqlite3.OperationalError:  # busy, or not to be read by us: whoever opens it will see
        return None
    except sqlite3.DatabaseError:
        return "it is damaged"
    return None


def _set_aside(path: Path) -> str:
    """Rename the database with all that belongs to it; returns its new name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in SIDE_FILES:
        with suppress(FileNotFoundError):
            os.replace(f"{path}{ending}", f"{aside}{ending}")
    os.replace(path, aside)
    return aside.name
