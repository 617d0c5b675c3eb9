"""A driver in a process of its own, which outlives the terminal: `launch --detach`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from sat_sweep.errors import ExitStatus, SatSweepError, UserError
from sat_sweep.home import SweepHome
from sat_sweep.home.files import LocalFolder
from sat_sweep.home.holder import birth
from sat_sweep.sweep.launchers.base import Handle, kept_handle, register

LOG = "driver.log"
"""What a driver with a process of its own writes, in the sweep's folder."""
PATIENCE = 120.0
"""Seconds to wait for the driver to begin or to refuse."""


@register
@dataclass(frozen=True)
class ProcessHandle(Handle):
    """A process on `host`; `born` tells it from a later one with the same `pid`, "" where the system does not say."""

    launcher: ClassVar[str] = "process"

    host: str
    pid: int
    born: str = ""

    def alive(self) -> bool | None:
        """See Handle; another host's processes cannot be seen."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return birth(self.pid) == self.born

    def log(self, sweep: SweepHome) -> str:
        """See Handle; a driver in a terminal leaves none."""
        return log_file(sweep)

    def to_json(self) -> dict[str, Any]:
        """See Handle."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ProcessHandle:
        """See Handle."""
        return cls(**content)


def log_file(sweep: SweepHome) -> str:
    """What drivers with a process of their own have written about `sweep`, "" for nothing."""
    return (sweep.folder.read(LOG) or b"").decode(errors="replace")


class Refused(SatSweepError):
    """The driver ended before it had begun, with `status`; the message is what it said."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class ProcessLauncher:
    """Starts drivers with `command`, a `sat-sweep` of this environment."""

    command: tuple[str, ...] = (sys.executable, "-m", "sat_sweep")

    def start(self, sweep: SweepHome, arguments: Sequence[str]) -> ProcessHandle:
        """Start a driver with `arguments` for `sweep` and wait until it holds the sweep.

        Raises Refused if it ends before; a refusal leaves nothing behind that was not there before.
        """
        if not isinstance(sweep.folder, LocalFolder):
            raise UserError("--detach writes its log into the home, which must then be a folder on this machine")
        folder = sweep.folder.path
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / LOG
        before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            driver = subprocess.Popen([*self.command, *arguments], stdin=subprocess.DEVNULL, stdout=output,
                                      stderr=output, start_new_session=True)
        if not _began(driver, sweep):
            words = log.read_bytes()[before:].decode(errors="replace").strip()
            if driver.returncode == ExitStatus.USER_INPUT:
                _forget(log, before, made)
            raise Refused(words, driver.returncode)
        return ProcessHandle(socket.gethostname(), driver.pid, birth(driver.pid))


def _began(driver: subprocess.Popen[bytes], sweep: SweepHome) -> bool:
    """Whether the driver holds the sweep, or is still thinking about it when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while driver.poll() is None and time.monotonic() < deadline:
        handle = kept_handle(sweep)
        if isinstance(handle, ProcessHandle) and handle.pid == driver.pid:
            return True
        time.sleep(0.2)
    return driver.poll() is None


def _forget(log: Path, before: int, made: list[Path]) -> None:
    """Take back what was made for a driver that refused; `made` are folders, the innermost first."""
    os.truncate(log, before)
    if before == 0:
        log.unlink()
    for place in made:
        if any(place.iterdir()):
            return
        place.rmdir()
