"""Small files in a folder or an object store: read, write as a whole, list, delete.

A write is seen completely or not at all: on disk through a temporary name and a rename, in an object store because
a put is atomic. After a loss of power too, where a write is durable: its content is on the disk before it gets its
name, which costs half a millisecond or more. Results and a sweep's record are worth that; states and epochs have
checksums and can be computed again. Many writers may share a folder.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sat_sweep.errors import StoreUnavailable
from sat_sweep.home.folder import Bytes, Entry, Folder
from sat_sweep.home.temporary import is_left_behind, is_temporary, temporary_name

__all__ = ["Bytes", "Entry", "Folder", "LocalFolder", "open_folder"]

_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe would wait for whoever writes into it; like a device it is read as an empty file."""


class LocalFolder(Folder):
    """A folder on a disk, shared or not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """See Folder; what is to lie in a file cannot."""
        try:
            existing = next(filter(_is_there, (self.path, *self.path.parents)))
        except (OSError, ValueError) as error:
            raise StoreUnavailable(f"{self.path} cannot be a folder: {getattr(error, 'strerror', error)}") from error
        if not existing.is_dir():
            raise StoreUnavailable(f"{self.path} cannot be a folder, since {existing} is none; name another one")

    def read(self, key: str) -> bytearray | None:
        """See Folder."""
        try:
            number = os.open(os.path.join(self.path, key), os.O_RDONLY | _AT_ONCE)
        except FileNotFoundError:
            return None
        with os.fdopen(number, "rb") as file:
            status = os.fstat(number)
            content = bytearray(status.st_size if stat.S_ISREG(status.st_mode) else 0)
            file.readinto(content)
            return content

    def write(self, key: str, *content: Bytes, durable: bool = False) -> str:
        """See Folder."""
        target = self.path / key
        temporary = target.with_name(temporary_name(target.name))
        try:
            with _opened(temporary) as file:
                file.writelines(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        return ""

    def exists(self, key: str) -> bool:
        """See Folder."""
        return (self.path / key).exists()

    def delete(self, key: str) -> None:
        """See Folder."""
        (self.path / key).unlink(missing_ok=True)

    def entries(self) -> Iterator[Entry]:
        """See Folder."""
        for place, _, names in os.walk(self.path):
            within = Path(place).relative_to(self.path)
            for name in names:  # of which there may be ten thousand: no paths are made of them
                if not name.startswith(".") and (status := _status(os.path.join(place, name))):
                    key = f"{within.as_posix()}/{name}" if within.parts else name
                    yield Entry(key, status.st_size, status.st_mtime)

    def leftovers(self, *, mine: bool = False) -> list[str]:
        """See Folder."""
        now = time.time()
        return [path.relative_to(self.path).as_posix() for path in self._temporary()
                if (status := _status(path)) and is_left_behind(path.name, now - status.st_mtime, mine=mine)]

    def _temporary(self) -> Iterator[Path]:
        for place, _, names in os.walk(self.path):
            yield from (Path(place) / name for name in names if is_temporary(name))

    def children(self) -> list[str]:
        """See Folder."""
        return sorted(path.name for path in self.path.iterdir()) if self.path.is_dir() else []

    def inside(self, key: str) -> LocalFolder:
        """See Folder."""
        return LocalFolder(self.path / key)


def _is_there(path: Path) -> bool:
    """Whether something lies at `path`; raises OSError or ValueError where nothing ever can."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _opened(path: Path) -> BinaryIO:
    """`path` to be written; its folders are made where they are missing."""
    try:
        return path.open("wb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


def keep_others_from_writing() -> None:
    """See to it that files of this process, and of those that it starts, are not everybody's to write."""
    os.umask(os.umask(0o077) | 0o002)


def write_secret(file: Path, secret: str) -> None:
    """Have `file` hold a line with the `secret`; nobody else may read it, not even for a moment."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        os.chmod(new, 0o600)  # a umask may have taken the owner's right as well
        written.write(f"{secret}\n")
    new.replace(file)


def _status(path: str | Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:  # somebody else evicted it meanwhile
        return None


def open_folder(place: str | Path) -> Folder:
    """The folder at a path or a URI; nothing is made until something is written, nor is a store asked anything.

    Raises UserError for a URI of a kind that nothing installed here can read.
    """
    if isinstance(place, Path) or "://" not in place:
        return LocalFolder(Path(place).expanduser().absolute())
    from sat_sweep.home.object_store import RemoteFolder, filesystem_of

    return RemoteFolder(*filesystem_of(str(place)))
