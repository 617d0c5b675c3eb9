"""What a folder is, on a disk or in an object store: keys to bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

Bytes = bytes | bytearray | memoryview
"""What may be written."""


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
    def write(self, key: str, *content: Bytes, durable: bool = False) -> None:
        """Replace the whole content by these pieces, atomically; parents are made.

        Even a loss of power leaves the content before or after a `durable` write, nothing torn.
        """

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
