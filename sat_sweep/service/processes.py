"""The processes of a service, told by a variable that each of them inherits, or by the session that they are in.

Either alone would lose some: a child may begin a session of its own, and a process that gives itself another title,
as many of Ray's do, writes it over its environment.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

MARK = "SAT_SWEEP_SERVICE"
"""The variable; its value is the folder in which the service keeps its state."""
PROCESSES = Path("/proc")


def processes_of(folder: Path, sessions: Collection[int] = ()) -> set[int]:
    """The ids of all living processes of the service that keeps its state in `folder`, but for this one.

    `sessions`: those that are known to be its own, even if nobody in them has the variable any more.
    """
    living = _sessions()
    marked = {process for process in living if _is_marked(process, folder)}
    known = {living[process] for process in marked} | set(sessions)
    return marked | {process for process, session in living.items() if session in known}


def end_all(folder: Path, sessions: Collection[int] = (), patience: float = 10.0) -> None:
    """End them: asked first, and after `patience` seconds at once. Returns once they are gone."""
    living = _sessions()
    known = {living[process] for process in processes_of(folder, sessions) if process in living} | set(sessions)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes_of(folder, known):
            with suppress(ProcessLookupError):
                os.kill(process, number)
        deadline = time.monotonic() + patience
        while processes_of(folder, known) and time.monotonic() < deadline:
            time.sleep(0.1)


def _sessions() -> dict[int, int]:
    """Of every living process but this one, the session."""
    found: dict[int, int] = {}
    for place in PROCESSES.iterdir() if PROCESSES.is_dir() else ():
        if place.name.isdigit() and int(place.name) != os.getpid():
            with suppress(OSError):  # gone
                state, _, _, session, *_ = (place / "stat").read_text().rpartition(")")[2].split()
                if state not in ("Z", "X"):
                    found[int(place.name)] = int(session)
    return found


def _is_marked(process: int, folder: Path) -> bool:
    with suppress(OSError):  # another user's, or gone
        return f"{MARK}={folder}".encode() in (PROCESSES / str(process) / "environ").read_bytes().split(b"\0")
    return False
