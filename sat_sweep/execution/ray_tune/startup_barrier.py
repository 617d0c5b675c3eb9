"""Waiting for workers that are still starting.

Ray Tune hands a trial whose own worker is still importing torch to any worker that becomes free, and kills the one
that was starting. With trials shorter than an import, all but one worker are killed for ever. So a worker that is
done keeps its trial until as many workers as can be used have shown up, or for a while.
"""

from __future__ import annotations

import time

WAIT_SECONDS = 60.0


class StartupBarrier:
    """Who has shown up, out of `expected` workers, of which there may come to be more or fewer."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self._worker_of: dict[str, str] = {}
        self._present: set[str] = set()
        self._waiting_since: float | None = None

    def expect(self, workers: int) -> None:
        """So many can be used now; further ones are waited for anew.

        Where that is fewer than have shown up, some have ended: only those that are at work are sure to be there.
        """
        if workers > self.expected:
            self._waiting_since = None
        if workers < len(self._present):
            self._present &= set(self._worker_of.values())
        self.expected = workers

    def present(self, trial: str, worker: str) -> None:
        """`worker` has reported for `trial`."""
        self._worker_of[trial] = worker
        self._present.add(worker)

    def lost(self, trial: str) -> None:
        """The worker of `trial` is gone."""
        self._present.discard(self._worker_of.get(trial, ""))

    def done(self, trial: str) -> None:
        """`trial` is over."""
        self._worker_of.pop(trial, None)

    def hold(self, jobs: int) -> bool:
        """Whether a worker that is done should keep its trial for now, while `jobs` jobs are handed out."""
        if len(self._present) >= min(self.expected, jobs):
            self._waiting_since = None
            return False
        self._waiting_since = self._waiting_since or time.monotonic()
        return time.monotonic() - self._waiting_since < WAIT_SECONDS
