"""Ctrl-C and SIGTERM while a sweep runs: nothing is lost, and what there is gets reported."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sat_sweep.errors import ExitStatus
from sat_sweep.search.queue import JobQueue

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Abandoned(BaseException):
    """The backend is left where it is, since its trials do not end or nobody wants to wait for that."""


class Interruption:
    """What was heard so far: the first signal stops the queue, the second leaves the backend, a third the process."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue, self._heard = queue, 0

    def hear(self, *_: Any) -> None:
        """A signal has come; raises Abandoned in the main thread at the second one."""
        self._heard += 1
        self._queue.stopping = True
        if self._heard == 2:
            raise Abandoned
        if self._heard > 2:
            os._exit(ExitStatus.INTERRUPTED)

    def abandon(self) -> None:
        """From any thread: as a second signal would, or as a third if that was done before."""
        self._heard = max(1, self._heard)
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def interruptible(queue: JobQueue) -> Iterator[Interruption | None]:
    """Hear signals for `queue` meanwhile; None outside the main thread, where that cannot be done."""
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    interruption = Interruption(queue)
    earlier = {number: signal.signal(number, interruption.hear) for number in SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
