"""A driver in the process of the command itself, which may be that of a job."""

from __future__ import annotations

import os
import socket

from sat_sweep.home.holder import birth
from sat_sweep.sweep.launchers.process import ProcessHandle
from sat_sweep.sweep.launchers.ray_job.handle import RayJobHandle
from sat_sweep.sweep.launchers.ray_job.request import JOB_VARIABLE


def this_process() -> ProcessHandle:
    """The handle of a driver that runs in this very process."""
    place = socket.gethostname(), os.getpid(), birth(os.getpid())
    job = os.environ.get(JOB_VARIABLE)
    return RayJobHandle(*place, job) if job else ProcessHandle(*place)
