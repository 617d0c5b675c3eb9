"""How long an epoch may take, measured by those before it: a worker in which one does not end is given up.

Without a limit a sweep would wait for ever for a trial that hangs in the middle of an epoch. Its worker ends itself;
where it cannot, the driver has it killed (`ray_tune/silence.py`).
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
SPARE = 120.0
"""So many seconds later the driver has a worker killed that should have given up."""


class Allowance:
    """How many `seconds` the next epoch of a trial may take."""

    def __init__(self) -> None:
        self.seconds, self._measured = FIRST, False

    def note(self, record: EpochRecord) -> None:
        """The trial has finished an epoch; only one that was trained, rather than read, tells how long they take."""
        if record.trained:
            seconds = max(LEAST, FACTOR * record.metrics.get("epoch_seconds", 0.0))
            self.seconds = max(self.seconds, seconds) if self._measured else seconds
            self._measured = True


def exceeded(seconds: float) -> str:
    """What is said of an epoch that has taken longer."""
    return f"{WORDS} {seconds:.0f} s"


class EpochLimit:
    """Watches the epochs of one trial after another; calls `give_up` with a sentence, from a thread of its own."""

    def __init__(self, give_up: Callable[[str], None]) -> None:
        self._give_up = give_up
        self._limit: float | None = None
        self._ticks = 0
        threading.Thread(target=self._watch, daemon=True, name="epoch limit").start()

    def watched(self, records: Iterator[EpochRecord]) -> Iterator[EpochRecord]:
        """The same `records`; while the next one is made, time counts."""
        allowance = Allowance()
        while True:
            self._ticks, self._limit = 0, allowance.seconds
            try:
                record = next(records, None)
            finally:
                self._limit = None
            if record is None:
                return
            allowance.note(record)
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
            self._give_up(exceeded(limit))
