"""Ctrl-C, SIGTERM and the end of the terminal while a sweep runs: nothing is lost, and what there is gets reported."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sat_sweep.errors import ExitStatus
from sat_sweep.execution.backend import Backend
from sat_sweep.search.queue import JobQueue

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The last comes with the end of a terminal; under `nohup` it is left ignored."""


class Interruption:
    """What was heard so far: the first signal stops the queue, the second leaves the backend, a third the process."""

    def __init__(self, queue: JobQueue, backend: Backend) -> None:
        self._queue, self._backend, self._heard = queue, backend, 0

    def hear(self, *_: Any) -> None:
        """A signal has come; always called in the main thread."""
        self._heard += 1
        self._queue.stopping = True
        if self._heard == 2:
            self._backend.leave()
        if self._heard > 2:
            os._exit(ExitStatus.INTERRUPTED)

    def abandon(self) -> None:
        """From any thread: as a second signal would, or as a third if that was done before."""
        self._heard = max(1, self._heard)
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def interruptible(queue: JobQueue, backend: Backend) -> Iterator[Interruption | None]:
    """Hear signals for `queue` and `backend` meanwhile; None outside the main thread, where that cannot be done."""
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    interruption = Interruption(queue, backend)
    heard = [number for number in SIGNALS
             if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN]
    earlier = {number: signal.signal(number, interruption.hear) for number in heard}
    try:
        yield interruption
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
