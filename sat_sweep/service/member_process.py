"""One member of a service while it runs: started, started anew whenever it dies, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from sat_sweep.service.health import answers, why_not_free
from sat_sweep.service.members import Member
from sat_sweep.service.record import MemberState

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds of the first pause before a member is started again, and of the longest: each is twice the one before.

One that has lived for longer than the longest begins with the first.
"""
PATIENCE = 20.0
"""Seconds that a member has to end when it is asked to."""


class MemberProcess:
    """`member`, in a session of its own; what it writes is added to NAME.log in `folder`."""

    def __init__(self, member: Member, folder: Path) -> None:
        self.member, self.folder = member, folder
        self.restarts, self._is_up = 0, False
        self.pause, self._started, self._not_before = SHORTEST, 0.0, 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> MemberState:
        """For the record."""
        if self._process is None:
            return MemberState("waiting", None, self.restarts)
        return MemberState("up" if self._is_up else "starting", self._process.pid, self.restarts)

    def look(self) -> None:
        """Start it if it is time to, note that it has died, see whether it answers."""
        if self._process is None:
            if time.monotonic() >= self._not_before and not why_not_free(self.member.host, self.member.port):
                self._start()
        elif self._process.poll() is not None:
            self._bury()
        elif not self._is_up and answers(self.member.health_url):
            self._is_up = True

    def _start(self) -> None:
        self._started = time.monotonic()
        environment = self.member.environment(self.folder)
        with log_file(self.folder, self.member.name).open("ab") as log:
            self._process = subprocess.Popen(
                self.member.command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def _bury(self) -> None:
        """What it has left behind would hold its port."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process, self._is_up, now = None, False, time.monotonic()
        self.restarts += 1
        pause = SHORTEST if now - self._started > LONGEST else self.pause
        self._not_before, self.pause = now + pause, min(2 * pause, LONGEST)

    def end(self) -> None:
        """End it and all that it has started."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def log_file(folder: Path, name: str) -> Path:
    """What the member `name` writes."""
    return folder / f"{name}.log"
