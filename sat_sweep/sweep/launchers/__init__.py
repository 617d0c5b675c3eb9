"""How drivers are started: here, or in a process of their own; what is kept in the home to find them again."""

from dataclasses import replace

from sat_sweep.home import SweepHome
from sat_sweep.home.status import Status, read_status
from sat_sweep.sweep.launchers.base import Handle, Launcher, Refused, kept_handle
from sat_sweep.sweep.launchers.here import this_process
from sat_sweep.sweep.launchers.owner import asking_user
from sat_sweep.sweep.launchers.process import LOG, ProcessLauncher, log_file

__all__ = ["LOG", "Handle", "Launcher", "ProcessLauncher", "Refused", "asking_user", "current_status", "driver_log",
           "is_run", "kept_handle", "this_process"]


def driver_log(sweep: SweepHome) -> str:
    """What the last driver of `sweep` wrote, "" where nothing is kept; one that refused has no handle, but words."""
    handle = kept_handle(sweep)
    return handle.log(sweep) if handle is not None else log_file(sweep)


def is_run(sweep: SweepHome) -> bool:
    """Whether somebody runs it: the driver's process where it can be seen from here, else what the status says."""
    handle = kept_handle(sweep)
    alive = handle.alive() if handle is not None else None
    return read_status(sweep).state == "running" if alive is None else alive


def current_status(sweep: SweepHome) -> Status:
    """What the driver wrote last; it is interrupted at once where its process is known to be gone."""
    status, handle = read_status(sweep), kept_handle(sweep)
    if status.state in ("new", "running") and handle is not None and handle.alive() is False:
        return replace(status, state="interrupted", share=None)
    return status
