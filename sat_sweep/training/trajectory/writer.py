"""What a run leaves in the trajectory store as it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory.audience import Audience, Branching
from sat_sweep.training.trajectory.checkpoint_policy import CheckpointPolicy
from sat_sweep.training.trajectory.segments import SegmentWriter
from sat_sweep.training.trajectory.state import State
from sat_sweep.training.trajectory.store import TrajectoryStore


class TrajectoryWriter:
    """Writes down every epoch, and its state where that is worth it; records never lag behind a state.

    A store that cannot be written (a full disk, a bucket that is gone) is no failure of the trial: it goes on without,
    and `problem` says why.
    """

    def __init__(self, store: TrajectoryStore, root: str, branching: Branching, audience: Audience) -> None:
        self._store, self._root, self._branching, self._may_end = store, root, branching, audience.may_end
        self._segments = SegmentWriter(store, root)
        self._policy = CheckpointPolicy(1 + audience.unknown, audience.byte_budget)
        self.problem: str | None = None

    def add(self, record: EpochRecord, influence: dict[str, Any], history: list[EpochRecord],
            state: Callable[[], State], *, last: bool) -> None:
        """Write down the epoch that ends `history`; `state` makes its state, and nothing comes after the `last`."""
        branch = not last and self._branch(record, history)
        if self.problem is None:
            try:
                self._write(record, influence, state, branch=branch, last=last)
            except OSError as error:
                self.problem = f"the trajectory store cannot be written, training goes on without it: {error}"

    def close(self) -> None:
        """Write what is not written yet."""
        if self.problem is None:
            try:
                self._segments.flush()
            except OSError as error:
                self.problem = f"the trajectory store cannot be written: {error}"

    def _branch(self, record: EpochRecord, history: list[EpochRecord]) -> bool:
        """Whether others go on from here alone."""
        branches = self._branching.branches_after(history)
        return branches or (record.epoch in self._may_end and not self._branching.everybody_left)

    def _write(self, record: EpochRecord, influence: dict[str, Any], state: Callable[[], State], *,
               branch: bool, last: bool) -> None:
        self._segments.add(record, influence)
        if last:
            return
        wanted = self._policy.wanted(record.metrics["epoch_seconds"], base=not record.acts, branch=branch)
        if wanted and not self._store.has_state(self._root, record.signature):
            self._policy.wrote(*self._store.add_state(self._root, state()))
            self._segments.flush()
