"""What a soak would see: who keeps handles, memory, shared memory or files is told apart from who does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.soak import LIMITS, verdict
from tests.faults.use import Use

QUIET = "pass"
LEAKS = {"handles": "kept = [open('/dev/null') for _ in range(100)]", "memory": "kept = bytearray(b'x') * (300 << 20)",
         "disk": "open('disk/kept', 'wb').write(bytes(300 << 20))",
         "shared": "open('shm/kept', 'wb').write(bytes(8 << 20))",
         "processes": "import subprocess; child = subprocess.Popen(['sleep', '60'])"}
WAIT = "import os; child = globals().get('child'); print(os.getpid(), *[child.pid] if child else [], flush=True); " \
       "input(); child and child.kill()"


@contextmanager
def use_of(folder: Path, statement: str) -> Iterator[Use]:
    """What a process uses, with its children, that has done something and waits."""
    (folder / "shm").mkdir(exist_ok=True)
    (folder / "disk").mkdir(exist_ok=True)
    with subprocess.Popen([sys.executable, "-c", f"{statement}\n{WAIT}"], cwd=folder, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        yield Use.of(pids, folder / "disk", shared=folder / "shm")
        process.stdin.write("\n")


@pytest.mark.parametrize("what", LEAKS)
def test_what_leaks_is_named_and_nothing_else(what: str, tmp_path: Path) -> None:
    with use_of(tmp_path, QUIET) as before, use_of(tmp_path, LEAKS[what]) as after:
        assert [line.partition(":")[0] for line in verdict([before, after])] == [what]
    assert set(LEAKS) == set(LIMITS)


def test_what_stays_the_same_is_not_named(tmp_path: Path) -> None:
    with use_of(tmp_path, QUIET) as before, use_of(tmp_path, QUIET) as after:
        assert verdict([before, after]) == []
