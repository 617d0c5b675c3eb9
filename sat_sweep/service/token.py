"""The secrets of a service: its one token and the key of its home.

The token opens Ray, and is the password of MLflow and optuna-dashboard; the key signs what is in the home.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sat_sweep.errors import UserError
from sat_sweep.home import Home
from sat_sweep.home.files import write_secret
from sat_sweep.home.key import KEY_FILE, home_key

VARIABLE = "RAY_AUTH_TOKEN"
SHORTEST = 16
"""Letters of a token that we take; MLflow wants 12 of a password."""


def token_file(folder: Path) -> Path:
    """Where a service that keeps its state in `folder` has its token."""
    return folder / "token"


def kept_token(folder: Path) -> str:
    """The token that the file has; raises OSError where there is none."""
    return token_file(folder).read_text().strip()


def keep_token(folder: Path) -> None:
    """See to it that there is a token: that of the variable RAY_AUTH_TOKEN, else the one of before, else a new one.

    The folder is made, and both are for their owner alone. Raises UserError for a token that is too short or has
    blanks in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    given = os.environ.get(VARIABLE, "").strip()
    if given and (len(given) < SHORTEST or not given.isascii() or any(letter.isspace() for letter in given)):
        raise UserError(f"{VARIABLE} is set, and no good password: a token has {SHORTEST} letters, digits and signs or "
                        f"more; unset {VARIABLE}, and one is made")
    if given or not token_file(folder).exists():
        write_secret(token_file(folder), given or secrets.token_hex(24))


def keep_key(folder: Path, home: Home) -> None:
    """See to it that `folder`, as of `keep_token`, has the key of `home`.

    It is the one that this process has, else the one of before, else a new one. A home that was used without a key gets
    none: what is there would not be believed any more.
    """
    file, given = folder / KEY_FILE, home_key()
    if given is not None:
        write_secret(file, given.decode())
    elif not file.exists() and not any(name for name in home.folder.children() if name != folder.name):
        write_secret(file, secrets.token_hex(32))
