"""The key of a home that several people can write to: only what was written with it is believed.

A checksum says that a file is as it was written, not by whom. With a key, a secret in the environment of every process
that reads or writes the home, each checksum is an HMAC-SHA256 under that key, which nobody can compute without it.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from sat_sweep.errors import UserError

VARIABLE, FILE_VARIABLE = "SAT_SWEEP_HOME_KEY", "SAT_SWEEP_HOME_KEY_FILE"
"""The key itself, or a file that has it; the first counts where both are set."""
STATE, KEY_FILE = ".service", "home-key"
"""Where a service keeps its state, in the home, and there the key; no sweep can have the name of the folder."""
SHORTEST = 16
"""Letters of a key that we take."""


def home_key() -> bytes | None:
    """The key of this process, None where it has none.

    Raises UserError for a key that is too short, and for a file that cannot be read; the message does not have it.
    """
    if given := os.environ.get(VARIABLE):
        return _checked(given, VARIABLE)
    if file := os.environ.get(FILE_VARIABLE):
        return _from_file(file)
    return None


def use_key_in(home: Path) -> None:
    """Have this process, and those that it starts, use the key that a service has left in the folder `home`.

    Only if it has none, and for a file that is the user's own and nobody else's to read: any other could be a trap.
    """
    if os.environ.get(VARIABLE) or os.environ.get(FILE_VARIABLE) or not hasattr(os, "geteuid"):
        return
    file = home / STATE / KEY_FILE
    with suppress(OSError):
        status = file.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
            os.environ[FILE_VARIABLE] = str(file.absolute())


def key_name() -> str | None:
    """What tells one key from another and nothing else of it, None where this process has none."""
    key = home_key()
    return None if key is None else hmac.new(key, b"the name of this key", sha256).hexdigest()[:8]


def digest_of(pieces: Iterable[bytes | bytearray | memoryview]) -> bytes:
    """32 bytes that stand for `pieces`, one after the other: HMAC-SHA256 with a key, else SHA-256."""
    key = home_key()
    digest = sha256() if key is None else hmac.new(key, digestmod=sha256)
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def is_digest_of(digest: bytes | bytearray | memoryview, pieces: Iterable[bytes | bytearray | memoryview]) -> bool:
    """Whether `digest_of` would say the same; how long that takes does not tell how much of it is right."""
    return hmac.compare_digest(bytes(digest), digest_of(pieces))


@cache
def _from_file(file: str) -> bytes:
    try:
        return _checked(Path(file).expanduser().read_text(), f"the file of {FILE_VARIABLE}, {file},")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UserError(f"{FILE_VARIABLE} names {file}, which cannot be read: {why}") from None


def _checked(given: str, where: str) -> bytes:
    key = given.strip()
    if len(key) < SHORTEST:
        raise UserError(f"{where} has a key of fewer than {SHORTEST} letters, which could be guessed; "
                        "`openssl rand -hex 32` makes one")
    return key.encode()
