"""What is left of a service whose supervisor was killed, and what every service leaves in the end: nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sat_sweep.home.files import LocalFolder
from sat_sweep.service.members import private_folder
from sat_sweep.service.processes import end_all, processes_of
from sat_sweep.service.record import FILE, read_record
from sat_sweep.service.sweeps import say_once, stop_sweeps


def end_leftovers(folder: Path, say: Callable[[str], None]) -> bool:
    """End the processes of a service without supervisor, its sweeps cleanly; whether there were any.

    `folder` is where it has kept its state.
    """
    if not processes_of(folder):
        return False
    say("ending what is left of an earlier service")
    record = read_record(folder)
    if record is not None:
        stop_sweeps(record.settings, say_once(say))
    end_all(folder)
    forget(folder)
    return True


def forget(folder: Path) -> None:
    """Remove what tells of processes that are gone: the record, and Ray's sockets and logs."""
    LocalFolder(folder).delete(FILE)
    shutil.rmtree(private_folder(folder), ignore_errors=True)
