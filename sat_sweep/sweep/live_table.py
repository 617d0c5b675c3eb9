"""How far a sweep is, live in the terminal; a line now and then where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from sat_sweep.home.status import Status
from sat_sweep.sweep.repeating import repeating
from sat_sweep.sweep.telling import columns, life_words, progress_words, rows, sharing_words

REFRESHES_PER_SECOND = 2
LINE_SECONDS = 60.0
"""Between two lines without a terminal: a log that is read tomorrow needs no more."""


def live_table(status: Callable[[], Status | None]) -> AbstractContextManager[Any]:
    """A table on standard error that keeps itself up to date while it is entered; without a terminal, lines."""
    console = Console(stderr=True, markup=False, emoji=False)  # a noise column may well be called [red]
    if not console.is_terminal:
        return _lines(console, status)

    def table() -> Group | str:
        known = status()
        return "" if known is None else drawn(known, time.time())

    return Live(console=console, get_renderable=table, refresh_per_second=REFRESHES_PER_SECOND)


def _lines(console: Console, status: Callable[[], Status | None]) -> AbstractContextManager[None]:
    """Print how far it is every minute, while it is entered."""
    def say() -> None:
        if known := status():
            console.print(f"{known.sweep}: {progress_words(known, time.time())}", soft_wrap=True, highlight=False)

    return repeating(say, LINE_SECONDS)


def drawn(status: Status, now: float) -> Group:
    """The table of a sweep at the time `now`: a row per study, and below what is shared and whether it lives."""
    table = Table(title=f"{status.sweep}: {progress_words(status, now)}", title_justify="left", box=None)
    for column in columns(status):
        table.add_column(column, justify="left" if column == "study" else "right")
    for row in rows(status):
        table.add_row(*row)
    words = (sharing_words(status), life_words(status, now))
    return Group(table, ". ".join(filter(None, words)))
