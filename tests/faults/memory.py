"""Less memory for some processes: a cgroup, in which the kernel ends whoever wants more. Root makes it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OLD, NEW = ROOT / "memory", ROOT
"""Where the groups of the first and of the second version of cgroups are."""


def can_limit() -> bool:
    """Whether this process may make such a group."""
    place = _place()
    return place is not None and os.access(place, os.W_OK)


def _place() -> Path | None:
    if (OLD / "memory.limit_in_bytes").exists():
        return OLD
    controlled = NEW / "cgroup.subtree_control"
    return NEW if controlled.exists() and "memory" in controlled.read_text().split() else None


@contextmanager
def limited(megabytes: int) -> Iterator[Path]:
    """A group of processes that may have so many `megabytes` together; who writes its id to the file joins it."""
    place = _place()
    assert place is not None
    group = place / f"sat-sweep-{uuid.uuid4().hex[:8]}"
    group.mkdir()
    try:
        limit = "memory.limit_in_bytes" if place == OLD else "memory.max"
        (group / limit).write_text(str(megabytes << 20))
        yield group / "cgroup.procs"
    finally:
        group.rmdir()
