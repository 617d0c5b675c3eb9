"""What the drivers on a cluster tell each other, through the table that Ray keeps on its head.

Nothing runs for it, and nothing has to be started again when a driver or a node is lost. By whose clock an entry is
written does not matter: a driver is alive while its entry keeps changing.
"""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from sat_sweep.execution.ray_tune.fair_share import Claim
from sat_sweep.home.plain import has_plain_fields

NAMESPACE, PREFIX = "sat_sweep", "claims/"
SILENCE = 15.0
"""Seconds after which an entry that does not change is a dead driver's."""
FORGOTTEN = 300.0
"""Seconds after which whoever sees it takes such an entry away."""


class Claims:
    """What all sweeps claim that run on this cluster; one that cannot reach the table takes all that it can get."""

    def __init__(self, table: Any) -> None:
        """`table` is Ray's `internal_kv`, as far as `ray_internals.cluster_table` has found it."""
        self._table = table
        self._seen: dict[bytes, tuple[bytes, float]] = {}
        self._key = b""

    def exchange(self, mine: Claim) -> list[Claim]:
        """Tell `mine` and return those of the others that are alive."""
        self._key = f"{PREFIX}{mine.sweep}".encode()
        with suppress(Exception):  # whatever Ray raises where its head is out of reach
            entry = json.dumps({**asdict(mine), "change": uuid.uuid4().hex})
            self._table.put(self._key, entry.encode(), namespace=NAMESPACE)
            return list(self._others())
        return []

    def _others(self) -> Iterator[Claim]:
        keys = [key for key in self._table.list(PREFIX.encode(), namespace=NAMESPACE) if key != self._key]
        self._seen = {key: seen for key, seen in self._seen.items() if key in keys}
        for key in keys:
            content, now = self._table.get(key, namespace=NAMESPACE), time.monotonic()
            if content is not None and (claim := _decoded(content)) is not None:
                before, changed = self._seen.get(key, (b"", now))
                changed = now if content != before else changed
                self._seen[key] = content, changed
                if now - changed < SILENCE:
                    yield claim
                elif now - changed > FORGOTTEN:
                    self._table.delete(key, namespace=NAMESPACE)

    def withdraw(self) -> None:
        """This sweep wants nothing any more."""
        with suppress(Exception):
            self._table.delete(self._key, namespace=NAMESPACE)


def _decoded(content: bytes) -> Claim | None:
    """The claim in an entry, None for what another version, or somebody else, may have written."""
    try:
        entry = json.loads(content)
        claim = Claim(**{name: value for name, value in entry.items() if name in Claim.__dataclass_fields__})
    except (AttributeError, RecursionError, TypeError, ValueError):
        return None
    if not has_plain_fields(claim) or not 0 < claim.weight < math.inf:
        return None
    return claim if min(claim.wants, claim.holds, *claim.amounts.values()) >= 0 else None
