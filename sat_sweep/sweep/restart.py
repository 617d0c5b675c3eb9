"""A driver whose Ray has died begins again, as `resume` would, in the same process.

Nothing of Ray can be used once one of its own processes is gone, and its library ends the process that it lives in a
minute later. So the process becomes a new program before that: its id stays, and whoever watches it notices nothing.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sat_sweep.errors import ExitStatus, MachineFailure
from sat_sweep.execution.backend import Backend

COUNT = "SAT_SWEEP_RESTARTS"
"""How often this driver has begun again already."""
MOST = 5
"""So often it may: a machine on which Ray dies again and again is left to its user."""
EVERY = 0.5
"""Seconds between two looks."""
SHOW_CURSOR = "\x1b[?25h"
"""A live table hides it."""


@dataclass(frozen=True)
class Restart:
    """Begins again with `words`, those of a `sat-sweep` command, once `backend` is broken; `say` tells why."""

    words: Sequence[str]
    backend: Backend
    say: Callable[[str], None]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Meanwhile the backend is watched by a thread, since everybody else may be waiting for it."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=[over], daemon=True, name="restart")
        thread.start()
        try:
            yield
        except MachineFailure:
            self.tick()
            raise
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(EVERY):
            self.tick()

    def tick(self) -> None:
        """Does not return where the backend is broken: begins again, or ends as interrupted after MOST restarts."""
        reason = self.backend.broken()
        if not reason:
            return
        if self._count < MOST:
            self.say(f"{reason}; Ray is started again, and the sweep goes on from what is stored")
            self._begin()
        else:
            self.say(f"{reason}, after Ray was started {MOST + 1} times; nothing is lost, `resume` goes on from here")
            os._exit(ExitStatus.INTERRUPTED)

    @property
    def _count(self) -> int:
        return int(os.environ.get(COUNT) or 0)

    def _begin(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"{SHOW_CURSOR}\n")
        sys.stderr.flush()
        sys.stdout.flush()
        environment = {**os.environ, COUNT: str(self._count + 1)}
        os.execve(sys.executable, [sys.executable, "-m", "sat_sweep", *self.words], environment)
