"""The sign of life of a driver: a thread that waits for no result, however long an epoch takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from sat_sweep.home import SweepHome
from sat_sweep.home.status import HEARTBEAT, keep_status
from sat_sweep.search.queue import JobQueue
from sat_sweep.sweep.interruption import Interruption
from sat_sweep.sweep.progress import current

SLACK = 1.5
"""Running trials have so many times the slowest epoch seen to end the one they are in."""


class Heartbeat:
    """While it is entered: the status is written, requests to stop are heard and said, and patience has an end.

    `also` are further things to look after now and then, cheap enough for every `listen` seconds. The status names
    the sweep's `owner`.
    """

    listen = 0.5
    """Seconds between two looks at whether it was asked to stop."""
    listen_far = 2.0
    """The same where each look is a request to an object store."""
    every = HEARTBEAT
    """Seconds between two writes of the status."""
    patience = 30.0
    """Seconds that running trials have at the least to end their epochs once the sweep is to stop."""
    grace = 30.0
    """Seconds that the main thread then has to leave the backend, before the process ends without a report."""

    def __init__(self, queue: JobQueue, sweep: SweepHome, interruption: Interruption | None, say: Callable[[str], None],
                 also: Sequence[Callable[[], None]] = (), owner: str = "") -> None:
        self._queue, self._sweep, self._interruption, self._say, self._also = queue, sweep, interruption, say, also
        self._owner = owner
        self._over = threading.Event()
        self._written = self._asked = self._waiting_since = self._extra = 0.0
        self._complained = False
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        """Say at once that the driver works."""
        self._write()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """From now on nothing is written here."""
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self.listen):
            for act in (self._hear, self._write, self._lose_patience, *self._also):
                try:
                    act()
                except OSError as error:  # a full disk or a store out of reach: trials may still go on
                    if not self._complained:
                        self._say(f"warning: the status of {self._sweep.name} cannot be written now: {error}")
                    self._complained = True

    def _hear(self) -> None:
        if not self._queue.stopping and self._is_time_to_ask() and self._sweep.stop_requested():
            self._queue.stopping = True
        if self._queue.stopping and not self._waiting_since:
            self._waiting_since = time.monotonic()
            self._say(f"{self._sweep.name} was asked to stop: trials end with the epoch that they are in")

    def _is_time_to_ask(self) -> bool:
        if self._sweep.folder.distant and time.monotonic() - self._asked < self.listen_far:
            return False
        self._asked = time.monotonic()
        return True

    def _write(self) -> None:
        if time.monotonic() - self._written >= self.every or not self._written:
            self._written = time.monotonic()
            keep_status(self._sweep, current(self._queue, "running", self._owner))

    def _lose_patience(self) -> None:
        """Trials that do not end (Ray itself may be gone) keep nobody from report and records."""
        patience = max(self.patience, SLACK * self._queue.slowest_epoch) + self._extra
        if self._waiting_since and self._interruption and time.monotonic() - self._waiting_since > patience:
            self._extra += self.grace
            self._say(f"{self._sweep.name}: no longer waiting for trials that are in the middle of an epoch")
            self._interruption.abandon()
