"""Holding something in an object store, which has no locks: a lease that has to be renewed.

The lease is a small file that is written on conditions: created if it is not there, replaced if nobody else has
replaced it. Whoever holds it renews it every few seconds; one that was not renewed for long, by the store's own
clock, may be taken by the next. A write may have arrived although its answer did not, and long before that is noticed:
what counts is when the store got it, and that it is the last who wrote.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

from sat_sweep.home.holder import Holder
from sat_sweep.home.object_store import RemoteFolder, Version

RENEWAL = 5.0
"""Seconds between two renewals."""
EXPIRY = 30.0
"""Seconds without a renewal after which a lease is nobody's."""
RESOLUTION = 1.0
"""Stores tell times in whole seconds."""


class Held(Exception):
    """Somebody else holds the lease and has just renewed it."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(str(holder or "somebody else"))
        self.holder = holder


class Lost(OSError):
    """The lease is somebody else's, or may be by now: nothing may be written any more."""


class Lease:
    """A lease on `key` in `folder`; `on_lost` is called, from a thread, once it is somebody else's or may be.

    `renewal` and `expiry` are seconds; `now` is a clock that goes on while this process is stopped.
    """

    def __init__(self, folder: RemoteFolder, key: str, on_lost: Callable[[], None],
                 renewal: float = RENEWAL, expiry: float = EXPIRY, now: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.key, self.on_lost = folder, key, on_lost
        self.renewal, self.expiry = renewal, expiry
        self._id, self._count = uuid.uuid4().hex, 0
        self._mark: str | None = None
        self._now, self._renewed = now, 0.0
        self._ended, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._renew_until_the_end, name=f"lease {key}", daemon=True)

    def acquire(self) -> None:
        """Take the lease; raises Held once its holder renews it, which is when it is known to be alive."""
        first = self.folder.version(self.key)
        while (known := self.folder.version(self.key)) is not None and known.age <= self.expiry:
            if first is None or known.mark != first.mark:
                raise Held(_holder(known))
            time.sleep(min(1.0, self.renewal))
        if not self._taken(None if known is None else known.mark):
            raise Held(_holder(self.folder.version(self.key)))
        self._thread.start()

    def take_over(self) -> None:
        """Take the lease whoever holds it, and wait until they must have noticed."""
        known = self.folder.version(self.key)
        while not self._taken(None if known is None else known.mark):
            known = self.folder.version(self.key)
        if known is not None and known.age <= self.expiry:
            time.sleep(2 * self.renewal)
        self._thread.start()

    def release(self) -> None:
        """Give the lease back, if it is still ours; out of the store's reach it is left to run out."""
        self._ended.set()
        self._thread.join(self.renewal)
        with suppress(OSError):
            if self._is_ours(self.folder.version(self.key)):
                self.folder.delete(self.key)

    @property
    def is_sure(self) -> bool:
        """Whether nobody else can have taken it yet; not after this process was stopped for long, for example."""
        return self._now() - self._renewed < self.expiry - self.renewal

    def assure(self) -> None:
        """Wait until it is sure that this process has the lease; raises Lost once it may be another's."""
        while not self.is_sure and not self._lost.is_set() and not self._ended.is_set():
            self._lost.wait(0.05)
        if self._lost.is_set():
            raise Lost(f"the lease {self.key} could not be renewed in time, so that somebody else may hold it now")

    def renew(self) -> bool:
        """Whether it is held after an attempt to renew it; while that is sure, an error of the network is no loss."""
        try:
            return self._taken(self._mark)
        except Exception:  # whatever the store's client raises; the next attempt may do better
            return self.is_sure

    def _renew_until_the_end(self) -> None:
        while not self._ended.wait(self.renewal):
            if not self.renew():
                self._lost.set()
                self.on_lost()
                return

    def _taken(self, mark: str | None) -> bool:
        """Write in place of what has `mark`; whether it is ours then, which it may be though the store says no.

        The store refuses a write that comes twice, since an answer was lost: then the first one counts, from when the
        store got it.
        """
        began = self._now()
        if self._write(mark):
            self._renewed = began
            return True
        began, known = self._now(), self.folder.version(self.key)
        if known is None or not self._is_ours(known):
            return False
        self._mark, self._renewed = known.mark, began - known.age - RESOLUTION
        return True

    def _write(self, mark: str | None) -> bool:
        self._count += 1
        content = {"id": self._id, "renewals": self._count, **vars(Holder.here())}
        written = self.folder.replace(self.key, json.dumps(content).encode(), mark)
        self._mark = written or self._mark
        return written is not None

    def _is_ours(self, known: Version | None) -> bool:
        return known is not None and self._id.encode() in known.content


def _holder(known: Version | None) -> Holder | None:
    return Holder.decode(known.content) if known is not None else None
