"""Small files in a folder or an object store: read, write as a whole, list, delete.

A write is seen completely or not at all: on disk through a temporary name and a rename, in an object store because
a put is atomic. Many writers may share a folder.
"""

from __future__ import annotations

import itertools
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Bytes = bytes | bytearray | memoryview
"""What may be written."""
PROCESS = uuid.uuid4().hex
"""Tells the temporary names of this process from those of others that share the folder."""
_count = itertools.count()


@dataclass(frozen=True)
class Entry:
    """A stored file: its key relative to the folder, its size in bytes and its time of writing (seconds)."""

    key: str
    size: int
    modified: float


class Folder(ABC):
    """Keys to bytes; keys are relative paths with '/'."""

    @abstractmethod
    def read(self, key: str) -> bytearray | None:
        """The whole content, the caller's to keep and change; None where there is no such file."""

    @abstractmethod
    def write(self, key: str, *content: Bytes) -> None:
        """Replace the whole content by these pieces, atomically; parents are made."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether `read` would find something."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove a file; one that is gone already is no error."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Every file below, in no order; leftovers of interrupted writes are not among them."""

    @abstractmethod
    def children(self) -> list[str]:
        """The names directly below, of files and folders, sorted."""

    @abstractmethod
    def inside(self, key: str) -> Folder:
        """The folder at `key`."""


class LocalFolder(Folder):
    """A folder on a disk, shared or not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, key: str) -> bytearray | None:
        """See Folder."""
        try:
            with (self.path / key).open("rb") as file:
                content = bytearray(os.fstat(file.fileno()).st_size)
                file.readinto(content)
                return content
        except FileNotFoundError:
            return None

    def write(self, key: str, *content: Bytes) -> None:
        """See Folder."""
        target = self.path / key
        temporary = target.with_name(f".{target.name}.{PROCESS}.{next(_count)}")
        try:
            file = temporary.open("wb")
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            file = temporary.open("wb")
        with file:
            file.writelines(content)
        os.replace(temporary, target)

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


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:  # somebody else evicted it meanwhile
        return None


class RemoteFolder(Folder):
    """A prefix in an object store, through fsspec (`s3://…`, `gs://…`, `memory://…`)."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self.filesystem, self.root = filesystem, root.rstrip("/")

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def read(self, key: str) -> bytearray | None:
        """See Folder."""
        try:
            return bytearray(self.filesystem.cat_file(self._path(key)))
        except FileNotFoundError:
            return None

    def write(self, key: str, *content: Bytes) -> None:
        """See Folder."""
        self.filesystem.pipe_file(self._path(key), b"".join(content))

    def exists(self, key: str) -> bool:
        """See Folder."""
        return bool(self.filesystem.exists(self._path(key)))

    def delete(self, key: str) -> None:
        """See Folder."""
        try:
            self.filesystem.rm_file(self._path(key))
        except FileNotFoundError:
            return

    def entries(self) -> Iterator[Entry]:
        """See Folder."""
        for path, info in self.filesystem.find(self.root, detail=True).items():
            modified = info.get("LastModified") or info.get("mtime") or info.get("created") or 0.0
            seconds = modified.timestamp() if hasattr(modified, "timestamp") else float(modified)
            yield Entry(path.removeprefix(self.root.lstrip("/")).removeprefix(self.root).lstrip("/"),
                        int(info["size"]), seconds)

    def children(self) -> list[str]:
        """See Folder."""
        if not self.filesystem.exists(self.root):
            return []
        return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in self.filesystem.ls(self.root, detail=False))

    def inside(self, key: str) -> RemoteFolder:
        """See Folder."""
        return RemoteFolder(self.filesystem, self._path(key))


def open_folder(place: str | Path) -> Folder:
    """The folder at a path or a URI; nothing is made until something is written."""
    if isinstance(place, Path) or "://" not in place:
        return LocalFolder(Path(place).expanduser().absolute())
    import fsspec

    filesystem, root = fsspec.core.url_to_fs(place)
    return RemoteFolder(filesystem, root)
