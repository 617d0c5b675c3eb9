"""Keeping the trajectory store under a size."""

from __future__ import annotations

from collections.abc import Collection

from sat_sweep.home.files import Folder


def evict(trajectories: Folder, limit: float, needed: Collection[str]) -> int:
    """Delete states, the oldest first, until all of them together have at most `limit` bytes; returns how many.

    States below the roots in `needed` stay, also if that keeps the store above its limit: a trial that is still to
    come may start from them. Records stay as well, they are small and spare whole trials.
    """
    states = [entry for entry in trajectories.entries() if entry.key.endswith(".state")]
    excess = sum(entry.size for entry in states) - limit
    kept = {root[:16] for root in needed}
    deleted: list[str] = []
    for entry in sorted(states, key=lambda entry: entry.modified):
        if excess <= 0:
            break
        if entry.key.split("/")[0] not in kept:
            excess -= entry.size
            deleted.append(entry.key)
    trajectories.delete_all(deleted)
    return len(deleted)
