"""Small files in a folder or an object store: read, write as a whole, list, delete.

A write is seen completely or not at all: on disk through a temporary name and a rename, in an object store because
a put is atomic. After a loss of power too, where a write is durable: its content is on the disk before it gets its
name, which costs half a millisecond or more. Results and a sweep's record are worth that; states and epochs have
checksums and can be computed again. Many writers may share a folder.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sat_sweep.errors import StoreUnavailable
from sat_sweep.home.folder import Bytes, Entry, Folder

__all__ = ["Bytes", "Entry", "Folder", "LocalFolder", "open_folder"]

PROCESS = uuid.uuid4().hex
"""Tells the temporary names of this process from those of others that share the folder."""
_count = itertools.count()


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
            with (self.path / key).open("rb") as file:
                content = bytearray(os.fstat(file.fileno()).st_size)
                file.readinto(content)
                return content
        except FileNotFoundError:
            return None

    def write(self, key: str, *content: Bytes, durable: bool = False) -> str:
        """See Folder."""
        target = self.path / key
        temporary = target.with_name(f".{target.name}.{PROCESS}.{next(_count)}")
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
            for name in names:
                path = Path(place) / name
                if not name.startswith(".") and (status := _status(path)):
                    yield Entry(path.relative_to(self.path).as_posix(), status.st_size, status.st_mtime)

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


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
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
