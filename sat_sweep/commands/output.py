"""Results to standard output, messages to standard error."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from sat_sweep.home import redacted
from sat_sweep.sweep.launchers.ray_job.request import ADDRESS_VARIABLE

WIDE = 10_000
"""Columns of a table that goes into a file or a pipe: nothing is cut or wrapped there."""


def say(text: str) -> None:
    """A message about what is going on; passwords in it are not shown."""
    print(redacted(text), file=sys.stderr, flush=True)


def show(text: str) -> None:
    """A result."""
    print(text, flush=True)


def show_json(content: Any) -> None:
    """A result for programs."""
    show(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table, as wide as the terminal; None is an empty cell."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    with console.capture() as drawn:
        console.print(table)
    show("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def agreed(hint: str = "") -> bool:
    """Whether to start what was just shown; only somebody at a terminal is asked, and given the `hint`."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    import typer

    if hint:
        say(hint)
    return typer.confirm("Start?", default=True, err=True)


def is_on_cluster() -> bool:
    """Whether this command runs as a job, for somebody who is elsewhere."""
    return ADDRESS_VARIABLE in os.environ


def command_line(*words: str, home: str | None) -> str:
    """A command for the user to copy: `sat-sweep resume digits --home elsewhere`.

    Where this runs as a job of a cluster, the user is elsewhere, and calls the cluster by its address.
    """
    cluster = os.environ.get(ADDRESS_VARIABLE)
    via = ["--address", cluster] if cluster and "--address" not in words else []
    place = ["--home", home] if home else []
    return shlex.join(["sat-sweep", *words, *via, *place])
