"""One driver and one mirror per sweep: locks on a file system, leases on an object store.

A file lock is released by the system with the process, however it dies; a lease runs out. Beside the lock of a file
system there is a note of who holds it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout

from sat_sweep.errors import UserError
from sat_sweep.home.files import LocalFolder
from sat_sweep.home.folder import Folder
from sat_sweep.home.holder import Holder
from sat_sweep.home.lease import EXPIRY, Held, Lease
from sat_sweep.home.object_store import RemoteFolder
from sat_sweep.home.sweep_home import SweepHome

DRIVER, MIRROR = "driver", "mirror"


class Hold:
    """A sweep that this process drives; `lost` is set once somebody else may, and then it must stop at once."""

    def __init__(self) -> None:
        self.lost = Event()
        self.assure: Callable[[], None] = lambda: None
        """Wait until it is sure that nobody else drives the sweep; raises `lease.Lost`, an OSError, if somebody may."""


@contextmanager
def only_driver(sweep: SweepHome) -> Iterator[Hold]:
    """Hold the sweep; raises UserError while another process, on any machine, does."""
    hold = Hold()
    try:
        with _held(sweep.folder, DRIVER, hold):
            yield hold
    except Held as held:
        raise UserError(f"sweep '{sweep.name}' is being run by {held}; "
                        f"look at it with `sat-sweep status {sweep.name}`") from None


def driver_of(sweep: SweepHome) -> Holder | None:
    """Who holds the sweep, or held it last; None if nobody ever did."""
    return Holder.decode(sweep.folder.read(_note(DRIVER)))


def is_driven(sweep: SweepHome) -> bool:
    """Whether a process, on any machine, holds the sweep now; nothing is taken from it."""
    if isinstance(sweep.folder, RemoteFolder):
        known = sweep.folder.version(_note(DRIVER))
        return known is not None and known.age <= EXPIRY
    if not sweep.folder.exists(f"{DRIVER}.lock"):
        return False
    try:
        with _file_lock(sweep.folder, DRIVER).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def _held(folder: Folder, name: str, hold: Hold) -> Iterator[None]:
    if isinstance(folder, RemoteFolder):
        with _leased(folder, name, hold):
            yield
        return
    try:
        held = _file_lock(folder, name).acquire(timeout=0)
    except Timeout:
        raise Held(Holder.decode(folder.read(_note(name)))) from None
    with held:
        folder.write(_note(name), Holder.here().encode())
        yield


@contextmanager
def _leased(folder: RemoteFolder, name: str, hold: Hold) -> Iterator[None]:
    """Meanwhile nothing is written to `folder` unless it is sure that the lease is held."""
    lease, before = Lease(folder, _note(name), hold.lost.set), folder.permit
    lease.acquire()
    folder.permit = hold.assure = lease.assure
    try:
        yield
    finally:
        folder.permit = before
        lease.release()


@contextmanager
def latest_mirror(sweep: SweepHome) -> Iterator[None]:
    """Be the one mirror of the sweep, in place of any earlier one.

    Only one driver holds a sweep, so an earlier mirror is what a driver that is gone has left. Whatever it was doing
    is done again, so it is ended, stuck or not: on this machine by its id, with an object store by taking its lease,
    of which it hears within seconds. One on another machine that shares the file system is waited for.
    """
    if isinstance(sweep.folder, RemoteFolder):
        lease = Lease(sweep.folder, _note(MIRROR), lambda: os._exit(1))
        lease.take_over()
        try:
            yield
        finally:
            lease.release()
        return
    with _taken_from_its_holder(sweep.folder):
        sweep.folder.write(_note(MIRROR), Holder.here().encode())
        yield


def _taken_from_its_holder(folder: Folder) -> AbstractContextManager[object]:
    lock = _file_lock(folder, MIRROR)
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        holder = Holder.decode(folder.read(_note(MIRROR)))
        if holder is not None and holder.is_alive_here and holder.has_open(Path(lock.lock_file)):
            os.kill(holder.pid, signal.SIGKILL)
        return lock.acquire()


def _note(name: str) -> str:
    """The file that says who holds; on an object store it is the lease itself."""
    return f"{name}.lock.json"


def _file_lock(folder: Folder, name: str) -> FileLock:
    assert isinstance(folder, LocalFolder)
    folder.path.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.path / f"{name}.lock")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, after waiting for whoever holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        yield
