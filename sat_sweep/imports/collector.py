"""Python's garbage collector, put off where it does harm.

Importing torch and Ray makes a million objects that stay, and the collector looks at all of them again and again: a
quarter of the time that imports take, and a quarter of a second at the next collection of all that is alive.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


@contextmanager
def no_collection() -> Iterator[None]:
    """Nothing is collected meanwhile, in any thread; may be nested and overlap in threads.

    What there is in the end is never looked at again, so this is for imports, and for what may stay for good.
    """
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
        if _holding:
            gc.disable()
        else:
            gc.freeze()
            gc.enable()
