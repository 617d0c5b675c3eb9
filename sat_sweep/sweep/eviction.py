"""Keeping the trajectory store under its limit while a sweep runs, beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from sat_sweep.home.files import Folder
from sat_sweep.training.trajectory.eviction import evict

EVERY = 300.0
GIGABYTE = 1e9


class StoreEviction:
    """Evicts every few minutes in a thread of its own; `needed` names the roots whose states must stay."""

    def __init__(self, trajectories: Folder, limit_gb: float, needed: Callable[[], Collection[str]]) -> None:
        self._trajectories, self._limit, self._needed = trajectories, limit_gb * GIGABYTE, needed
        self._last = time.monotonic()
        self._thread: threading.Thread | None = None

    def tick(self) -> None:
        """Cheap enough to be called with every result; `needed` is asked in the caller's thread."""
        if time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        arguments = (self._trajectories, self._limit, frozenset(self._needed()))
        self._thread = threading.Thread(target=evict, args=arguments, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """A last time, when the sweep is over."""
        if self._thread is not None:
            self._thread.join()
        evict(self._trajectories, self._limit, self._needed())
