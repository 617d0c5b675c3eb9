"""Disks that fill up, may not be written, or are given room again. The home is a disk of its own: root mounts it."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.round import Round

BALLAST = "ballast"


def fill(folder: Path) -> Path:
    """A file that takes what is left of the disk, to the last byte."""
    path, block = folder / BALLAST, bytes(1 << 16)
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            if file.write(block) < len(block):
                block = block[:len(block) // 2] or b"\0"
    return path


def full_and_enlarged(this: Round) -> None:
    """The disk of the home is full for some seconds, or until the launch has given up; then there is room again."""
    this.moment()
    this.until(this.home.exists)
    ballast = fill(this.home)
    patience = this.choice.choice([this.choice.uniform(1, 10), 200.0])
    end = time.monotonic() + patience
    this.until(lambda: time.monotonic() > end, patience=patience + 1)
    ballast.unlink()


def full_from_the_start(this: Round) -> None:
    """Between two launches the disk has become full; the next one says so and leaves nothing half done."""
    this.moment((1, 9))
    this.kill_all()
    this.end()
    ballast = fill(this.home)
    this.start()
    this.end()
    ballast.unlink()


def read_only(this: Round) -> None:
    """Between two launches the home has become read-only."""
    this.moment((1, 9))
    this.kill_all()
    this.end()
    _remount(this.home, "ro")
    this.start()
    this.end()
    _remount(this.home, "rw")


def _remount(home: Path, how: str) -> None:
    for _ in range(50):  # what was killed may hold it a moment longer
        if subprocess.run(["mount", "-o", f"remount,{how}", home], capture_output=True).returncode == 0:
            return
        time.sleep(0.2)
    raise AssertionError(f"{home} cannot be mounted {how}")


def can_mount() -> bool:
    """Whether this process may mount disks."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
