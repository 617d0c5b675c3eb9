"""Writing down epochs in segments: a file per segment instead of one per epoch."""

from __future__ import annotations

import time
from typing import Any

from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory.store import TrajectoryStore

EVERY = 1.0
"""Seconds of training that an interruption may leave without records."""


class SegmentWriter:
    """The records of one run; a segment that somebody has written further already is left as it is.

    That may happen at any time: what a killed driver has left trains on for a moment beside what the next one starts.
    """

    def __init__(self, store: TrajectoryStore, root: str) -> None:
        self._store, self._root = store, root
        self._segment: list[EpochRecord] = []
        self._influence: dict[str, Any] | None = None
        self._written = 0
        self._since = time.monotonic()

    def add(self, record: EpochRecord, influence: dict[str, Any]) -> None:
        """Remember an epoch and what had influence in it."""
        if influence != self._influence:
            self.flush()
            self._segment, self._influence, self._written = [], influence, 0
        self._segment.append(record)
        if time.monotonic() - self._since >= EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet."""
        self._since = time.monotonic()
        if len(self._segment) > self._written:
            self._written = len(self._segment)
            if self._written > len(self._store.segment(self._root, self._segment[0].signature)):
                self._store.add_segment(self._root, self._segment)
