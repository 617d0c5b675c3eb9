"""Folders that Ray and Ray Tune fill while a sweep runs, and that go again, however it ends.

    <temporary>/sat-sweep-ray-<process>-<random>/    what Ray Tune writes; nothing of it is ever read
    <folder of Ray>/session_<time>/                  what a local Ray writes; ours has the process's tag in a file

Of Ray's own folders the newest is kept, since its logs have what trials printed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sat_sweep.execution.ray_tune.closed import FOLDER, private_folder
from sat_sweep.home.temporary import has_ended, process_tag

PREFIX = "sat-sweep-ray-"
MARK = "sat-sweep.process"
"""The file in a session's folder that says whose it is."""


@contextmanager
def scratch_folder() -> Iterator[str]:
    """A folder that is gone in the end, with whatever killed processes have left."""
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{process_tag()}-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for left in left_behind(mine=True):
            shutil.rmtree(left, ignore_errors=True)


def mark_sessions() -> None:
    """Write down whose this process's sessions are, which Ray names by its id; on a full disk nothing is."""
    for folder in _ray_folder().glob(f"session_*_{os.getpid()}"):
        with suppress(OSError):
            (folder / MARK).write_text(process_tag())


def left_behind(*, mine: bool = False) -> list[Path]:
    """Folders of processes that have ended, but for the session that was last.

    With `mine` also those of this very process, which has none in use then: it may have begun again.
    """
    sessions = sorted(path.parent for path in _ray_folder().glob(f"session_*/{MARK}") if not path.parent.is_symlink())
    tags = {session: _tag(session) for session in sessions[:-1]}
    tags |= {path: path.name.removeprefix(PREFIX).rpartition("-")[0]
             for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*")}
    return [path for path, tag in tags.items() if has_ended(tag) or (mine and tag == process_tag())]


def _tag(session: Path) -> str:
    try:
        return (session / MARK).read_text()
    except OSError:  # somebody else removes it
        return ""


def _ray_folder() -> Path:
    """Where a local Ray keeps its sessions: where the user says, or in a folder of the user's own."""
    return Path(private_folder() or Path(os.environ[FOLDER]) / "ray")
