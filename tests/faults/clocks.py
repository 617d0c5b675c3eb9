"""Clocks that jump, and clocks of driver and workers that differ. The library of libfaketime makes them jump."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.round import Round

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
HOUR = 3600


@contextmanager
def faked() -> Iterator[dict[str, Any]]:
    """How a round is run whose processes have a clock of their own: wall time alone, as when a clock is set."""
    with tempfile.TemporaryDirectory(prefix="sf-clock-", dir="/tmp") as folder:
        file = Path(folder) / "clock"
        file.write_text("+0")
        yield {"environment": {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(file),
                               "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                               "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}}


def jump(*hours: int) -> Callable[[Round], None]:
    """The clock is set by so many `hours`, one jump after the other, some seconds apart."""

    def do(this: Round) -> None:
        this.moment((1, 9))
        file, offset = Path(this.environment["FAKETIME_TIMESTAMP_FILE"]), 0
        for number in hours:
            offset += number * HOUR
            file.write_text(f"{offset:+d}")
            wait = time.monotonic() + this.choice.uniform(1.5, this.pause)
            this.until(lambda wait=wait: time.monotonic() > wait)

    return do


def apart(this: Round) -> None:
    """The driver is killed in the middle, so that another one has to judge what the workers have written."""
    this.moment((1, 9))
    this.kill_all()
