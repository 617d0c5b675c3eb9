"""Whether something listens on a port, and whether it answers."""

from __future__ import annotations

import errno
import socket
import urllib.error
import urllib.request
from http.client import HTTPException

TIMEOUT = 2.0
"""Seconds for an answer from this machine."""


def answers(url: str) -> bool:
    """Whether a server answers at `url` and does not say that it has a fault itself; asking for a password is fine."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=TIMEOUT):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, HTTPException):
        return False


def why_not_free(host: str, port: int) -> str | None:
    """Why nobody can listen on `port` of `host`, in words; None if somebody can."""
    try:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have just ended do not count
            trial.bind((host, port))
            return None
    except socket.gaierror:
        return f"'{host}' is no name that this machine knows"
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine"
        if error.errno == errno.EADDRINUSE:
            return f"port {port} is in use"
        return f"port {port} cannot be used ({error.strerror})"
