"""A local Ray that nobody else gets into: a token, sockets that the network does not reach, a folder of one's own.

Ray runs whatever it is sent. By itself it listens on all addresses, writes its token so that everybody on the machine
can read it, and makes folders into which everybody can write.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

from sat_sweep.execution.ray_tune.ray_internals import settings_read_again
from sat_sweep.home.files import write_secret

MODE, TOKEN, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
FOLDER = "RAY_TMPDIR"
"""Where Ray has its folder, if the user has said it."""


def demand_token() -> None:
    """Let the Ray that this process starts demand a token, whatever Ray itself would do.

    It is the user's own (a variable, or the file that Ray keeps, which only the user can read from now on). Where there
    is none and the file cannot be written, it is one of this process and those that it starts.
    """
    os.environ[MODE] = "token"
    if not os.environ.get(TOKEN) and not os.environ.get(TOKEN_PATH):
        try:
            _keep_private(Path.home() / ".ray" / "auth_token")
        except (OSError, RuntimeError):  # no home folder, or none of the user's
            os.environ[TOKEN] = secrets.token_hex(32)
    settings_read_again()


def _keep_private(file: Path) -> None:
    """Make the token if there is none; Ray writes it so that all on the machine can read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        write_secret(file, secrets.token_hex(32))
    elif file.stat().st_mode & 0o077:
        file.chmod(0o600)


def private_folder() -> str | None:
    """Where a local Ray has its folder, into which nobody else gets; None where the user has said where.

    Its path is short, since that of a socket may have 107 letters.
    """
    if os.environ.get(FOLDER) or not hasattr(os, "geteuid"):
        return None
    place = Path("/tmp") / f"sat-sweep-{os.geteuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():  # somebody has put it in the way
        place = Path(tempfile.mkdtemp(prefix="sat-sweep-", dir="/tmp"))
    place.chmod(0o700)
    return str(place / "ray")
