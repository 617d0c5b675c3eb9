"""One driver and one mirror per sweep: file locks that the system releases with the process, however it dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sat_sweep.errors import UserError
from sat_sweep.home import SweepHome
from sat_sweep.home.files import Folder, LocalFolder


@contextmanager
def only_driver(sweep: SweepHome) -> Iterator[None]:
    """Hold the sweep; raises UserError while another process does.

    On an object store nothing can be locked; there the heartbeat in the status tells (`sweep.state_of`).
    """
    if not isinstance(sweep.folder, LocalFolder):
        yield
        return
    import fcntl

    sweep.folder.path.mkdir(parents=True, exist_ok=True)
    with (sweep.folder.path / "driver.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UserError(f"sweep '{sweep.name}' is being run by process {file.read().strip() or '?'}; "
                            f"look at it with `sat-sweep status {sweep.name}`") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def one_at_a_time(folder: Folder, name: str) -> Iterator[None]:
    """Hold the lock `name` in `folder`, after waiting for whoever holds it; an object store has no locks."""
    if not isinstance(folder, LocalFolder):
        yield
        return
    import fcntl

    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder.path / name).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
