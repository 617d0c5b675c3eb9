"""Python's garbage collector, put off where it does harm.

Importing torch and Ray makes a million objects that stay, and the collector looks at all of them again and again: a
quarter of the time that imports take.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


@contextmanager
def no_collection() -> Iterator[None]:
    """Nothing is collected meanwhile, in any thread; may be nested and overlap in threads."""
    _hold(+1)
    try:
        yield
    finally:
        _hold(-1)


_lock, _holding = Lock(), 0


def _hold(change: int) -> None:
    global _holding
    with _lock:
        _holding += change
        gc.disable() if _holding else gc.enable()
