"""Who asks for a sweep, for others on the same cluster to read."""

from __future__ import annotations

import getpass
import os
import socket

OWNER_VARIABLE = "SAT_SWEEP_OWNER"
"""Says who asks, in place of user and host: of a job it is whoever sent it."""


def asking_user() -> str:
    """`user@host` of whoever asks, which may be on another machine than this."""
    if named := os.environ.get(OWNER_VARIABLE):
        return named
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
