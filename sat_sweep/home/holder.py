"""Who holds a lock or a lease, for messages and for those who may end a process that is stuck."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sat_sweep.home.plain import has_plain_fields


@dataclass(frozen=True)
class Holder:
    """A process: its id, its host, and when it was born in the host's own terms, since ids are used again."""

    pid: int
    host: str
    born: str = ""

    def __str__(self) -> str:
        return f"process {self.pid}" if self.is_here else f"process {self.pid} on {self.host}"

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return self.host == socket.gethostname()

    @property
    def is_alive_here(self) -> bool:
        """Whether exactly this process is on this machine; where the system does not tell births, no."""
        return self.is_here and self.born != "" and birth(self.pid) == self.born

    def has_open(self, file: Path) -> bool:
        """Whether it is known to have `file` open: a note alone, which anybody may have written, should end nobody."""
        with suppress(OSError):  # it is gone, or another user's
            for descriptor in Path(f"/proc/{self.pid}/fd").iterdir():
                with suppress(OSError):
                    if self.is_here and descriptor.samefile(file):
                        return True
        return False

    @classmethod
    def here(cls) -> Holder:
        """This process."""
        return cls(os.getpid(), socket.gethostname(), birth(os.getpid()))

    def encode(self) -> bytes:
        """As a small file."""
        return json.dumps(vars(self)).encode()

    @classmethod
    def decode(cls, content: bytes | bytearray | None) -> Holder | None:
        """The holder in a file, None if there is none to be read."""
        try:
            known = json.loads(content or b"")
            holder = cls(known["pid"], known["host"], known.get("born", ""))
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return None
        return holder if has_plain_fields(holder) and holder.pid > 0 else None


def birth(pid: int) -> str:
    """When a process was started, as Linux counts, "" if there is none or the system keeps it to itself.

    One that has ended is none, though the system lists it until its parent has asked how.
    """
    with suppress(OSError, IndexError):
        state, *known = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state in ("Z", "X") else known[18]
    return ""
