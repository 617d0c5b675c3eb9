"""A clock that is never set: what lasts by it has lasted, whatever happens to the machine's own."""

from __future__ import annotations

import time


class SteadyClock:
    """Seconds since 1970 by the machine's clock as of now, counted on from here by one that only goes forwards."""

    def __init__(self) -> None:
        self._from_steady_time = time.time() - time.monotonic()

    def __call__(self) -> float:
        """What time it is."""
        return self._from_steady_time + time.monotonic()
