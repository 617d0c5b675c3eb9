"""How long an epoch may take, measured by those before it: a worker in which one does not end is given up.

A driver cannot end a trial that hangs in the middle of an epoch; without a limit a sweep would wait for it for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from sat_sweep.training import EpochRecord

FACTOR = 20.0
"""So many times the longest epoch of the same trial is no slow epoch any more."""
LEAST, FIRST = 600.0, 3600.0
"""Seconds that every epoch may take, and the first of a trial, of which nothing has been measured."""
TICK = 5.0
"""Seconds between two looks. Ticks are counted instead of seconds: a machine that was asleep has not worked."""
TRIES = 2
"""So often a trial is given up before that counts as its own failure."""
WORDS = "an epoch did not end within"
"""How it is said."""


class EpochLimit:
    """Watches the epochs of one trial after another; calls `give_up` with a sentence, from a thread of its own."""

    def __init__(self, give_up: Callable[[str], None]) -> None:
        self._give_up = give_up
        self._limit: float | None = None
        self._ticks = 0
        threading.Thread(target=self._watch, daemon=True, name="epoch limit").start()

    def watched(self, records: Iterator[EpochRecord]) -> Iterator[EpochRecord]:
        """The same `records`; while the next one is made, time counts."""
        limit = FIRST
        while True:
            self._ticks, self._limit = 0, limit
            try:
                record = next(records, None)
            finally:
                self._limit = None
            if record is None:
                return
            if record.trained:
                measured = max(LEAST, FACTOR * record.metrics.get("epoch_seconds", 0.0))
                limit = measured if limit == FIRST else max(limit, measured)
            yield record

    def _watch(self) -> None:
        while True:
            threading.Event().wait(TICK)
            self.tick()

    def tick(self) -> None:
        """Another TICK seconds have passed in which this process was running."""
        limit = self._limit
        self._ticks += 1
        if limit is not None and self._ticks * TICK > limit:
            self._limit = None
            self._give_up(f"{WORDS} {limit:.0f} s")
