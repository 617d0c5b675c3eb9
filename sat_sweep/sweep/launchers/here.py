"""A driver in the process of the command itself."""

from __future__ import annotations

import os
import socket

from sat_sweep.home.holder import birth
from sat_sweep.sweep.launchers.process import ProcessHandle


def this_process() -> ProcessHandle:
    """The handle of a driver that runs in this very process."""
    return ProcessHandle(socket.gethostname(), os.getpid(), birth(os.getpid()))
