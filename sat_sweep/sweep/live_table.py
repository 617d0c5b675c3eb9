"""How far a sweep is, live in the terminal; silence where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from sat_sweep.home.status import Status
from sat_sweep.sweep.telling import columns, life_words, progress_words, rows, sharing_words

REFRESHES_PER_SECOND = 2


def live_table(status: Callable[[], Status | None]) -> AbstractContextManager[Any]:
    """A table on standard error that keeps itself up to date while it is entered; nothing without a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return nullcontext()

    def table() -> Group | str:
        known = status()
        return "" if known is None else drawn(known, time.time())

    return Live(console=console, get_renderable=table, refresh_per_second=REFRESHES_PER_SECOND)


def drawn(status: Status, now: float) -> Group:
    """The table of a sweep at the time `now`: a row per study, and below what is shared and whether it lives."""
    table = Table(title=f"{status.sweep}: {progress_words(status, now)}", title_justify="left", box=None)
    for column in columns(status):
        table.add_column(column, justify="left" if column == "study" else "right")
    for row in rows(status):
        table.add_row(*row)
    words = (sharing_words(status), life_words(status, now))
    return Group(table, ". ".join(filter(None, words)))
