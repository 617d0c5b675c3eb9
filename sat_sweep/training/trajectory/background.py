"""Writing beside training: what goes to a distant store is written by a thread, in the order in which it came.

On a disk a write is over sooner than it would be handed on, so there it happens where it is asked for.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

Call = Callable[[], None]


class Writes:
    """Makes calls one after the other, `beside` the caller or at once; what one of them raises is raised by the next.

    At most `bound` calls are pending: a caller that is faster than the store is held up, not remembered for ever.
    """

    def __init__(self, *, beside: bool, bound: int = 64) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="trajectory store") if beside else None
        self._bound = bound
        self._pending: deque[Future[None]] = deque()

    def add(self, call: Call) -> Future[None] | None:
        """Have `call` made; None if it has been. Raises what an earlier one raised, or this one at once."""
        if self._thread is None:
            call()
            return None
        while self._done() >= self._bound:
            wait([self._pending[0]])
        self._pending.append(self._thread.submit(call))
        return self._pending[-1]

    def settle(self, until: Future[None] | None, patience: float | None) -> float:
        """Wait for `until` and all before it, at most `patience` seconds; how many it took. Raises as `add` does."""
        began = time.perf_counter()
        if until is not None:
            wait([until], patience)
        self._done()
        return time.perf_counter() - began

    def close(self) -> None:
        """Make every call that is pending; raises as `add` does, and then those after it are not made."""
        try:
            self.settle(self._pending[-1] if self._pending else None, None)
        finally:
            if self._thread is not None:
                self._thread.shutdown()
                self._thread = None

    def _done(self) -> int:
        """Forget what is over; how many calls are not."""
        while self._pending and self._pending[0].done():
            if (error := self._pending.popleft().exception()) is not None:
                self._drop()
                raise error
        return len(self._pending)

    def _drop(self) -> None:
        """What was to come after a call that failed is not tried: each would take as long to fail."""
        for call in self._pending:
            call.cancel()
        self._pending.clear()
