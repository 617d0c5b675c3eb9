"""How drivers are started: here, or in a process of their own; what is kept in the home to find them again."""

from sat_sweep.home import SweepHome
from sat_sweep.sweep.launchers.base import Handle, Launcher, Refused, kept_handle
from sat_sweep.sweep.launchers.here import this_process
from sat_sweep.sweep.launchers.owner import asking_user
from sat_sweep.sweep.launchers.process import LOG, ProcessLauncher, log_file

__all__ = ["LOG", "Handle", "Launcher", "ProcessLauncher", "Refused", "asking_user", "driver_log", "kept_handle",
           "this_process"]


def driver_log(sweep: SweepHome) -> str:
    """What the last driver of `sweep` wrote, "" where nothing is kept; one that refused has no handle, but words."""
    handle = kept_handle(sweep)
    return handle.log(sweep) if handle is not None else log_file(sweep)
