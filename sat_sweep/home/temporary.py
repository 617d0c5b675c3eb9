"""Names of files that are being written, and which of them a killed process has left behind.

    .<name>.<machine>-<process>-<birth>.<count>        the middle part is the tag of a process

`machine` is the same for all who see the same process ids: one boot of one system, one container.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from sat_sweep.home.holder import birth

HOUR = 3600.0
"""Seconds after which nobody is still writing a file, wherever its writer may be."""
_count = itertools.count()
_TAG = r"(?P<machine>[0-9a-f]{8})-(?P<pid>\d+)-(?P<born>\d*)"
_WRITTEN = re.compile(rf"\..+\.(?P<tag>{_TAG})\.\d+")
_WRITTEN_BEFORE = re.compile(r"\..+\.[0-9a-f]{32}\.\d+")
"""As versions named them that did not say which process it is."""


def temporary_name(name: str) -> str:
    """Beside the file `name`, a name that no other process and no other call has."""
    return f".{name}.{process_tag()}.{next(_count)}"


def process_tag() -> str:
    """Names this process among all that ever were, on every machine."""
    return _tag(os.getpid())


def has_ended(tag: str) -> bool | None:
    """Whether the process of that tag has ended; None where that cannot be seen from here."""
    process = re.fullmatch(_TAG, tag)
    if process is None or process["machine"] != _machine() or not process["born"]:
        return None
    return birth(int(process["pid"])) != process["born"]


def is_temporary(name: str) -> bool:
    """Whether a file of that name is one that is, or was, being written."""
    return bool(_WRITTEN.fullmatch(name) or _WRITTEN_BEFORE.fullmatch(name))


def is_left_behind(name: str, age: float, *, mine: bool = False) -> bool:
    """Whether nobody writes that file any more, changed `age` seconds ago; nor does this process itself if `mine`."""
    if not is_temporary(name):
        return False
    written = _WRITTEN.fullmatch(name)
    if mine and written is not None and written["tag"] == process_tag():
        return True
    ended = has_ended(written["tag"]) if written is not None else None
    return age > HOUR if ended is None else ended


@cache
def _tag(pid: int) -> str:
    return f"{_machine()}-{pid}-{birth(pid)}"


@cache
def _machine() -> str:
    parts = [socket.gethostname()]
    with suppress(OSError):  # other systems than Linux have no such files; then age alone tells
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), os.readlink("/proc/self/ns/pid")]
    return sha256("\n".join(parts).encode()).hexdigest()[:8]
