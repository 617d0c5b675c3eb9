"""A PostgreSQL that holds the studies, and crashes, goes away or ends its connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.execution import postgres
from tests.faults.round import SPACE, Round

AWAY = 10.0
"""Seconds for which the server is gone at most."""


@contextmanager
def studies_in_postgres() -> Iterator[dict[str, Any]]:
    """How a round is run whose studies are in such a server."""
    with postgres.server() as server:
        yield {"text": f"{SPACE}storage: {{studies: '{server.url}'}}\n", "server": server}


def restarted(this: Round) -> None:
    """The server crashes and is there again at once, one to three times."""
    for _ in range(this.choice.randint(1, 3)):
        this.moment()
        this.server.stop()
        this.server.start()


def stopped(this: Round) -> None:
    """The server is gone for some seconds, or until the launch has ended."""
    this.moment()
    this.server.stop()
    if this.choice.random() < 0.25:
        this.end()
    else:
        time.sleep(this.choice.uniform(2, AWAY))
    this.server.start()


def connections_cut(this: Round) -> None:
    """Every connection is ended again and again, until the launch has ended."""
    import psycopg

    while this.alive:
        with suppress(psycopg.Error):  # the server may just be busy with ending them
            this.server.cut_connections()
        time.sleep(this.choice.uniform(0, 0.5))
