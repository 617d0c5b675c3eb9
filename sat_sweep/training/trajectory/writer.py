"""What a run leaves in the trajectory store as it goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any

from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory.audience import Audience, Branching
from sat_sweep.training.trajectory.background import Writes
from sat_sweep.training.trajectory.checkpoint_policy import SHARE, CheckpointPolicy
from sat_sweep.training.trajectory.segments import SegmentWriter
from sat_sweep.training.trajectory.state import State
from sat_sweep.training.trajectory.store import TrajectoryStore

PENDING_STATES = 2
"""States that may be in memory, copied and not yet in a distant store."""


class TrajectoryWriter:
    """Writes down every epoch, and its state where that is worth it; records never lag behind a state.

    A store that cannot be written (a full disk, a bucket that is gone) is no failure of the trial: it goes on without,
    and `problem` says why. To a distant store everything is written beside training; `settled` tells how far that is.
    """

    def __init__(self, store: TrajectoryStore, root: str, branching: Branching, audience: Audience) -> None:
        self._store, self._root, self._branching, self._may_end = store, root, branching, audience.may_end
        self._segments = SegmentWriter(store, root)
        self._policy = CheckpointPolicy(1 + audience.unknown, audience.byte_budget, audience.every_epoch)
        self._distant = store.folder.distant
        self._writes = Writes(beside=self._distant)
        self._states: deque[Future[None]] = deque()
        self._trained = self._waited = 0.0
        self.problem: str | None = None

    def add(self, record: EpochRecord, influence: dict[str, Any], history: list[EpochRecord],
            state: Callable[[], State], *, last: bool) -> None:
        """Write down the epoch that ends `history`; `state` makes its state, and nothing comes after the `last`."""
        branch = not last and self._branch(record, history)
        with self._trouble_told("the trajectory store cannot be written, training goes on without it"):
            self._write(record, influence, state, branch=branch, last=last)

    def settled(self, record: EpochRecord) -> bool:
        """Whether whoever is told of the epochs up to `record` will find their states.

        Those being written are waited for where the run may be ended, and elsewhere as long as waiting takes no
        larger share of the time than writing may.
        """
        self._trained += record.metrics["epoch_seconds"]
        if not self._states:
            return True
        patience = None if record.epoch in self._may_end else max(0.0, SHARE * self._trained - self._waited)
        with self._trouble_told("the trajectory store cannot be written, training goes on without it"):
            self._waited += self._writes.settle(self._states[-1], patience)
        return not self._pending_states()

    def close(self) -> None:
        """Write what is not written yet."""
        with self._trouble_told("the trajectory store cannot be written"):
            try:
                if self.problem is None:
                    self._writes.add(self._segments.flush)
            finally:
                self._writes.close()

    @contextmanager
    def _trouble_told(self, what: str) -> Iterator[None]:
        """A store that fails becomes `problem`; from then on nothing is written any more."""
        try:
            yield
        except OSError as error:
            self.problem = self.problem or f"{what}: {error}"
            self._states.clear()

    def _branch(self, record: EpochRecord, history: list[EpochRecord]) -> bool:
        """Whether others go on from here alone."""
        branches = self._branching.branches_after(history)
        return branches or (record.epoch in self._may_end and not self._branching.everybody_left)

    def _write(self, record: EpochRecord, influence: dict[str, Any], state: Callable[[], State], *,
               branch: bool, last: bool) -> None:
        """Where a state is wanted only for safety and others are on their way, it can wait for a later epoch."""
        if self.problem is not None:
            return
        wanted = not last and self._policy.wanted(record.metrics["epoch_seconds"], base=not record.acts, branch=branch)
        if not wanted or (self._pending_states() and not branch):
            self._writes.add(partial(self._segments.add, record, influence))
            return
        if len(self._states) >= PENDING_STATES:
            self._waited += self._writes.settle(self._states[0], None)
        kept = _kept(state) if self._distant else state
        written = self._writes.add(partial(self._write_state, record, influence, kept))
        if written is not None:
            self._states.append(written)

    def _pending_states(self) -> int:
        while self._states and self._states[0].done():
            self._states.popleft()
        return len(self._states)

    def _write_state(self, record: EpochRecord, influence: dict[str, Any], state: Callable[[], State]) -> None:
        self._segments.add(record, influence)
        if not self._store.has_state(self._root, record.signature):
            self._segments.flush()  # first: a state is looked for at known epochs alone
            self._policy.wrote(*self._store.add_state(self._root, state()))


def _kept(state: Callable[[], State]) -> Callable[[], State]:
    """The state as it is now, whatever is trained while a thread writes it."""
    copied = state().copy()
    return lambda: copied
