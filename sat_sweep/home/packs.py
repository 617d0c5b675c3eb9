"""Copies of many results in one object, so that a sweep in an object store is read in a few requests.

    <sweep>/packs/<process>-<number>.pack

    magic | checksum of all that follows | length of the head | head: JSON, [key, mark, length] of each | contents

The checksum is SHA-256, with a key of the home HMAC-SHA256 (`key.py`).
A copy counts only while a listing shows its result under the mark that it was copied with, so results themselves stay
the one truth: whatever is missing here, damaged or of yesterday is read from them, and the next driver packs it again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from sat_sweep.home.folder import Folder
from sat_sweep.home.key import digest_of, is_digest_of

FOLDER = "packs"
MAGIC = b"sat-sweep pack 1\n"
CHECKSUM, LENGTH = 32, 8
"""Bytes of the checksum and of the head's length."""
CAPACITY = 256
"""Results in one pack."""
LARGEST = 2**28
"""Bytes of a result: a million epochs have fewer."""


class Copy(NamedTuple):
    """A result as it was while the store showed it under `mark`, compressed."""

    mark: str
    compressed: bytes

    @property
    def content(self) -> bytes | None:
        """The result's own bytes; None where it is no copy, or one that would be larger than any result."""
        unpacking = zlib.decompressobj()
        with suppress(zlib.error):
            content = unpacking.decompress(self.compressed, LARGEST)
            return content if unpacking.eof else None
        return None

    @classmethod
    def of(cls, mark: str, content: bytes | bytearray) -> Copy:
        """The copy of what the store shows under `mark`."""
        return cls(mark, zlib.compress(content, 1))


def encode(copies: Mapping[str, Copy]) -> bytes:
    """A pack of copies by key."""
    head = json.dumps([[key, copy.mark, len(copy.compressed)] for key, copy in copies.items()]).encode()
    body = b"".join([len(head).to_bytes(LENGTH, "little"), head, *(copy.compressed for copy in copies.values())])
    return MAGIC + digest_of([body]) + body


def decode(pack: bytes | bytearray) -> dict[str, Copy]:
    """The copies that `encode` was given; none for anything else: truncated, damaged, foreign."""
    start = len(MAGIC) + CHECKSUM
    body = bytes(pack[start:])
    if pack[:len(MAGIC)] != MAGIC or not is_digest_of(pack[len(MAGIC):start], [body]):
        return {}
    place = LENGTH + int.from_bytes(body[:LENGTH], "little")
    try:
        return dict(_copies(json.loads(body[LENGTH:place]), body, place))
    except (RecursionError, TypeError, ValueError):  # it has the right checksum, and is no pack of ours
        return {}


def _copies(head: list[list[Any]], body: bytes, place: int) -> Iterator[tuple[str, Copy]]:
    for key, mark, length in head:
        if type(key) is not str or type(mark) is not str or type(length) is not int or length < 0:
            raise ValueError("not the head of a pack")
        yield key, Copy(mark, body[place:place + length])
        place += length


def marks_of(folder: Folder) -> dict[str, str]:
    """The marks of all results of the sweep in `folder`, by key, as one listing shows them."""
    return {entry.key: entry.mark for entry in folder.inside("results").entries()}


def packs_of(folder: Folder) -> Iterator[tuple[str, dict[str, Copy]]]:
    """Every pack in a sweep's `folder`, by its key there, with its copies."""
    keys = [entry.key for entry in folder.inside(FOLDER).entries() if entry.key.endswith(".pack")]
    for key, content in folder.inside(FOLDER).read_all(keys):
        yield key, decode(content or b"")


def current(copies: Mapping[str, Copy], marks: Mapping[str, str]) -> dict[str, Copy]:
    """Those of `copies` that are still what the store has; `marks` is what it shows now."""
    return {key: copy for key, copy in copies.items() if copy.mark and marks.get(key) == copy.mark}


def contents(folder: Folder) -> Iterator[tuple[str, bytes | bytearray]]:
    """Every result file of a sweep's `folder`, ordered by key, from packs where they have it as it is now."""
    marks = marks_of(folder)
    copies: dict[str, Copy] = {}
    for _, pack in packs_of(folder) if marks else ():
        copies |= current(pack, marks)
    keys = sorted(marks)
    single = folder.inside("results").read_all([key for key in keys if key not in copies])
    for key in keys:
        content = copies.pop(key).content or folder.read(f"results/{key}") if key in copies else next(single)[1]
        if content is not None:  # else it was deleted meanwhile
            yield key, content
