"""Clocks that are set while a sweep runs, and clocks of driver and workers that differ."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.round import Round

HOUR = 3600


@contextmanager
def of_its_own() -> Iterator[dict[str, Any]]:
    """How a round is run whose processes have a clock of their own, which may be set."""
    with tempfile.TemporaryDirectory(prefix="sf-clock-", dir="/tmp") as folder:
        _set(file := Path(folder) / "clock", 0)
        yield {"environment": {"CLOCK": str(file)}}


def _set(file: Path, seconds: int) -> None:
    new = file.with_suffix(".new")
    new.write_text(str(seconds))
    os.replace(new, file)  # read at any moment: never an empty file


def jump(*hours: int) -> Callable[[Round], None]:
    """The clock is set by so many `hours`, one jump after the other, some seconds apart."""

    def do(this: Round) -> None:
        this.moment((1, 9))
        offset = 0
        for number in hours:
            offset += number * HOUR
            _set(Path(this.environment["CLOCK"]), offset)
            wait = time.monotonic() + this.choice.uniform(1.5, this.pause)
            this.until(lambda wait=wait: time.monotonic() > wait)

    return do


def apart(this: Round) -> None:
    """Everything is killed in the middle: another driver has to judge what the workers have written."""
    this.moment((1, 9))
    this.kill_all()
