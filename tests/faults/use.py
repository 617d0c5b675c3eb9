"""What processes use of a machine, as Linux says it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Use:
    """Processes, their open file handles and memory, shared memory of the machine, disk of some folders; in MiB."""

    processes: int
    handles: int
    memory: float
    shared: float
    disk: float

    @classmethod
    def of(cls, pids: Iterable[int], *folders: Path, shared: Path = Path("/dev/shm")) -> Use:
        """What `pids` use together now; memory that several share is counted once. Who is gone uses nothing.

        `shared` is where the machine has its shared memory, whosever it is: an owner that was killed leaves it.
        """
        alive = [pid for pid in pids if _memory(pid) > 0]
        return cls(len(alive), sum(map(_handles, alive)), round(sum(map(_memory, alive)), 1),
                   round(_bytes(shared) / MIB, 1), round(sum(map(_bytes, folders)) / MIB, 1))

    def more_than(self, other: Use) -> dict[str, float]:
        """By how much each is above that of `other`."""
        before = asdict(other)
        return {name: round(value - before[name], 1) for name, value in asdict(self).items()}


def _memory(pid: int) -> float:
    """MiB; each shared page is divided among those who share it."""
    with suppress(OSError):
        if found := re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE):
            return int(found[1]) / 1024
    return 0.0


def _handles(pid: int) -> int:
    with suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


def _bytes(folder: Path) -> int:
    """On the disk: a file with holes takes less than its length."""
    found = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                found += os.lstat(os.path.join(place, name)).st_blocks * 512
    return found
