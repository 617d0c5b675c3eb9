"""The processes of a service, told by a variable that each of them inherits: no child of a child gets lost."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

MARK = "SAT_SWEEP_SERVICE"
"""The variable; its value is the folder in which the service keeps its state."""
PROCESSES = Path("/proc")


def processes_of(folder: Path) -> set[int]:
    """The ids of all living processes of the service that keeps its state in `folder`, but for this one."""
    mark, found = f"{MARK}={folder}".encode(), set[int]()
    for place in PROCESSES.iterdir() if PROCESSES.is_dir() else ():
        if place.name.isdigit() and int(place.name) != os.getpid():
            with suppress(OSError):  # another user's, or gone
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    found.add(int(place.name))
    return found


def end_all(folder: Path, patience: float = 10.0) -> None:
    """End them: asked first, and after `patience` seconds at once."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes_of(folder):
            with suppress(ProcessLookupError):
                os.kill(process, number)
        deadline = time.monotonic() + patience
        while processes_of(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
