"""Packing results while a sweep runs, beside the driver: `packs.py` says what a pack is."""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from itertools import islice

from sat_sweep.home.object_store import RemoteFolder
from sat_sweep.home.packs import CAPACITY, FOLDER, Copy, current, encode, marks_of, packs_of

EVERY = 30.0
"""Seconds between two writes; what a driver that is killed has not packed is read one by one until the next one."""


class ResultPacker:
    """Packs the results of the sweep in `folder`, in a thread of its own, every so many seconds.

    What the store refuses is tried again with the next write: nothing depends on a pack.
    """

    def __init__(self, folder: RemoteFolder, every: float = EVERY) -> None:
        self._folder, self._every = folder, every
        self._process, self._number = uuid.uuid4().hex, 0
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._open: dict[str, Copy] = {}
        self._changed = False
        self._thread = threading.Thread(target=self._run, name="result packs", daemon=True)
        self._thread.start()

    def add(self, key: str, mark: str, content: bytes) -> None:
        """The result at `key` has just been written and got this `mark`; never waits for the store."""
        self._take({key: Copy.of(mark, content)})

    def close(self) -> None:
        """Write what is not written yet."""
        self._closing.set()
        self._thread.join()

    def _take(self, copies: dict[str, Copy]) -> None:
        with self._lock:
            self._open |= copies
            self._changed |= bool(copies)

    def _run(self) -> None:
        with suppress(OSError):
            self._catch_up()
        over = False
        while not over:
            over = self._closing.wait(self._every)
            with suppress(OSError):
                self._flush()

    def _flush(self) -> None:
        """Write the pack that has room again, with what came since; one that is full is written for the last time."""
        while self._changed:
            with self._lock:
                copies = dict(islice(self._open.items(), CAPACITY))
                self._changed = False
            try:
                self._folder.put(f"{FOLDER}/{self._process}-{self._number}.pack", encode(copies))
            except OSError:
                self._changed = True
                raise
            if len(copies) == CAPACITY:
                self._close_pack(copies)

    def _close_pack(self, copies: dict[str, Copy]) -> None:
        self._number += 1
        with self._lock:
            self._open = {key: copy for key, copy in self._open.items() if copies.get(key) is not copy}
            self._changed = bool(self._open)

    def _catch_up(self) -> None:
        """Pack what earlier drivers did not, and anew what lies in packs that are not half full: so they stay few."""
        marks = marks_of(self._folder)
        if not marks:
            return
        packs = {key: current(pack, marks) for key, pack in packs_of(self._folder)}
        sparse = {key: pack for key, pack in packs.items() if len(pack) < CAPACITY / 2}
        for pack in sparse.values():
            self._take(pack)
        packed = {key for pack in packs.values() for key in pack}
        self._copy([key for key in marks if key not in packed], marks)
        self._flush()
        for key in sparse:
            self._folder.delete(f"{FOLDER}/{key}")

    def _copy(self, keys: list[str], marks: dict[str, str]) -> None:
        """Read these results; those count of which the store shows the same mark before and after."""
        read = self._folder.inside("results").read_all(keys)
        copies = {key: Copy.of(marks[key], content) for key, content in read if content is not None}
        self._take(current(copies, marks_of(self._folder)) if copies else {})
