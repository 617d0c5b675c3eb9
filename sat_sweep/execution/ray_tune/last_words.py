"""What a worker has to say as it ends itself, left in the table that Ray keeps on its head.

Of a process that is gone Ray itself knows no more than that it is gone.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from sat_sweep.execution.ray_tune.ray_internals import cluster_table

NAMESPACE, PREFIX = "sat_sweep", "last_words/"


def leave(trial: str, words: str) -> NoReturn:
    """End this worker, which has the Ray trial of that id; called in any thread."""
    print(words, file=sys.stderr, flush=True)
    table = cluster_table()
    if table is not None:
        with suppress(Exception):  # whatever Ray raises; then nobody hears of it
            table.put(_key(trial), words.encode(), namespace=NAMESPACE)
    os._exit(1)


def left(trial: str) -> str:
    """What the worker of a trial has said, once; "" for nothing."""
    table = cluster_table()
    if table is None:
        return ""
    with suppress(Exception):
        words = table.get(_key(trial), namespace=NAMESPACE)
        if words is not None:
            table.delete(_key(trial), namespace=NAMESPACE)
            return str(words.decode())
    return ""


def _key(trial: str) -> bytes:
    return f"{PREFIX}{trial}".encode()
