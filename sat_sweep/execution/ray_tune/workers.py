"""How many trials run at a time while nodes come and go, and how long nobody can run any."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sat_sweep.errors import MachineFailure, UserError

if TYPE_CHECKING:
    from sat_sweep.execution.ray_tune.cluster import Cluster

LOOK_SECONDS = 2.0
"""Nodes are counted so often."""


class Workers:
    """The number of workers that `cluster` has room for; `count`, at most `most`, is what it was at the last look.

    A cluster without room for any is waited for, `patience` seconds, which `say` tells once. Where that is None, as for
    a Ray that is this machine alone, the number is never asked again.
    """

    def __init__(self, cluster: Cluster, most: int | None, patience: float | None, say: Callable[[str], None]) -> None:
        self._cluster, self._most, self._patience, self._say = cluster, most, patience, say
        self._had_some = False
        self._without_since: float | None = None
        self._look()

    def update(self) -> int:
        """The number, looked at again now and then.

        Raises UserError if patience has ended before any trial could run, MachineFailure if it has since.
        """
        if self._patience is not None and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look()
        return self.count

    def _look(self) -> None:
        self.room = self._cluster.room()
        self._looked, self.count = time.monotonic(), min(self.room, self._most or self.room)
        if self.count:
            self._go_on()
        else:
            self._wait()

    def _go_on(self) -> None:
        if self._without_since is not None:
            self._say(f"a node has come: going on with {self.count} worker{'s' if self.count > 1 else ''}")
        self._had_some, self._without_since = True, None

    def _wait(self) -> None:
        if self._without_since is None:
            self._without_since = self._looked
            if self._patience:
                self._say(f"waiting for a node: {self._cluster.shortage()}; "
                          f"it may take {self._patience / 60:g} minutes (`resources.patience`)")
        if self._looked - self._without_since >= (self._patience or 0.0):
            raise (MachineFailure if self._had_some else UserError)(self._cluster.shortage())
