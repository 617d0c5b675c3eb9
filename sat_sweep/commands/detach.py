"""`launch --detach`: the same command in a process that outlives this terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from sat_sweep.commands.monitoring import LOG
from sat_sweep.commands.output import command_line, say
from sat_sweep.errors import UserError
from sat_sweep.home import SweepHome
from sat_sweep.home.files import LocalFolder
from sat_sweep.home.lock import driver_of
from sat_sweep.sweep import asked

REFUSED = 2
PATIENCE = 120.0
"""Seconds to wait for the driver to begin or to refuse."""


def launch_detached(file: Path, name: str | None, home: str | None, arguments: list[str]) -> int:
    """Start the driver and wait until it has begun; if it ends before, with its words and its status."""
    _, sweep = asked(file, name, home)
    if not isinstance(sweep.folder, LocalFolder):
        raise UserError("--detach writes its log into the home, which must then be a folder on this machine")
    folder = sweep.folder.path
    made = _missing(folder)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG
    before = log.stat().st_size if log.exists() else 0
    driver = _start(["launch", str(file), *arguments, "--yes"], log)
    if not _began(driver, sweep):
        return _refused(driver, log, before, made)
    say(f"{sweep.name} runs as process {driver.pid}. Look at it with:")
    for command in ("status", "logs", "stop"):
        say(f"  {command_line(command, sweep.name, home=home)}")
    return 0


def _missing(folder: Path) -> list[Path]:
    """The folders that have to be made, the innermost first."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


def _start(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen([sys.executable, "-m", "sat_sweep", *arguments], stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output, start_new_session=True)


def _began(driver: subprocess.Popen[bytes], sweep: SweepHome) -> bool:
    """Whether the driver holds the sweep, or is still thinking about it when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while driver.poll() is None and time.monotonic() < deadline:
        holder = driver_of(sweep)
        if holder is not None and holder.pid == driver.pid:
            return True
        time.sleep(0.2)
    return driver.poll() is None


def _refused(driver: subprocess.Popen[bytes], log: Path, before: int, made: list[Path]) -> int:
    """Pass on what the driver said; a refusal leaves nothing behind that was not there before."""
    say(log.read_bytes()[before:].decode(errors="replace").strip())
    if driver.returncode == REFUSED:
        _forget(log, before, made)
    return driver.returncode


def _forget(log: Path, before: int, made: list[Path]) -> None:
    os.truncate(log, before)
    if before == 0:
        log.unlink()
    for place in made:
        if any(place.iterdir()):
            return
        place.rmdir()
