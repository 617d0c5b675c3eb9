"""What a folder is, on a disk or in an object store: keys to bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

Bytes = bytes | bytearray | memoryview
"""What may be written."""


@dataclass(frozen=True)
class Entry:
    """A stored file: its key relative to the folder, its size in bytes and its time of writing (seconds).

    `mark` changes with the content, by the store's own account; "" on a disk.
    """

    key: str
    size: int
    modified: float
    mark: str = ""


class Folder(ABC):
    """Keys to bytes; keys are relative paths with '/'."""

    distant: ClassVar[bool] = False
    """Whether every call is a round trip over a network, which is better made beside the work than in its way."""

    def check(self) -> None:  # noqa: B027, not every folder can tell
        """Raise StoreUnavailable if the store is out of reach, refuses, or has no such bucket."""

    @abstractmethod
    def read(self, key: str) -> bytearray | None:
        """The whole content, the caller's to keep and change; None where there is no such file."""

    def read_all(self, keys: Sequence[str]) -> Iterator[tuple[str, bytearray | None]]:
        """Each of `keys`, in their order, with what `read` finds there."""
        for key in keys:
            yield key, self.read(key)

    @abstractmethod
    def write(self, key: str, *content: Bytes, durable: bool = False) -> str:
        """Replace the whole content by these pieces, atomically; parents are made. The entry's new mark.

        Even a loss of power leaves the content before or after a `durable` write, nothing torn.
        """

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether `read` would find something."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove a file; one that is gone already is no error."""

    def delete_all(self, keys: Sequence[str]) -> None:
        """`delete` each of `keys`."""
        for key in keys:
            self.delete(key)

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Every file below, in no order; leftovers of interrupted writes are not among them."""

    def leftovers(self, *, mine: bool = False) -> list[str]:
        """The keys of files that somebody was writing who is gone: nobody reads or finishes them.

        With `mine` those of this very process too, which must then not be writing anything.
        """
        return []

    @abstractmethod
    def children(self) -> list[str]:
        """The names directly below, of files and folders, sorted."""

    @abstractmethod
    def inside(self, key: str) -> Folder:
        """The folder at `key`."""
