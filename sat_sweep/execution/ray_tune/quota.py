"""How many workers a sweep may have beside the other sweeps on its cluster, as they come, change their mind, and go."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sat_sweep.execution.ray_tune.fair_share import Claim, fair_shares

if TYPE_CHECKING:
    from sat_sweep.execution.ray_tune.claims import Claims
    from sat_sweep.execution.ray_tune.cluster import Cluster

BEAT_SECONDS = 2.0
"""Sweeps talk to each other so often."""
KEPT_SECONDS = 5.0
"""What was wanted so long ago is still claimed: between two batches a worker is not worth being started anew."""
PATIENCE = 60.0
"""Seconds that others wait for a worker of theirs before a trial is interrupted for them, at the end of an epoch."""


class Quota:
    """The part of `cluster` that a sweep has, whose trials `claim` describes; without `claims` it has no neighbours.

    `wants` says how many trials could run now. Afterwards `limit` is how many workers the sweep may have, infinite
    while it is alone; `asked` how many trials may be issued, which is one more where nobody waits for a worker: an
    autoscaler should see that there is more to do. So many of its trials are `overdue`: others have waited too long;
    none ever is unless trials are `resumable` from stored states.
    """

    def __init__(self, cluster: Cluster, claims: Claims | None, claim: Claim, wants: Callable[[], int], *,
                 resumable: bool = True) -> None:
        self._patience = PATIENCE if resumable else math.inf
        self._cluster, self._claims, self._claim, self._wants = cluster, claims, claim, wants
        self._beat, self._owing_since = -math.inf, math.inf
        self._recent: list[tuple[float, int]] = []
        self.limit = self.asked = math.inf
        self.overdue = 0

    @property
    def shared(self) -> bool:
        """Whether there may be other sweeps."""
        return self._claims is not None

    @property
    def weight(self) -> float:
        """The sweep's own."""
        return self._claim.weight

    @property
    def alone(self) -> bool:
        """Whether no other sweep wants anything of the cluster."""
        return math.isinf(self.limit)

    def update(self, holds: int) -> None:
        """Talk to the others now and then; the sweep `holds` so many workers."""
        if self._claims is None or time.monotonic() - self._beat < BEAT_SECONDS:
            return
        self._beat = time.monotonic()
        self._claim = replace(self._claim, wants=self._wanted_lately(), holds=holds)
        others = [other for other in self._claims.exchange(self._claim) if other.wants or other.holds]
        self._divide(others) if others else self._have_all()

    def close(self) -> None:
        """The sweep wants nothing any more."""
        if self._claims is not None:
            self._claims.withdraw()

    def _wanted_lately(self) -> int:
        self._recent = [(when, wants) for when, wants in self._recent if self._beat - when < KEPT_SECONDS]
        self._recent.append((self._beat, self._wants()))
        return max(wants for _, wants in self._recent)

    def _have_all(self) -> None:
        self.limit = self.asked = math.inf
        self.overdue, self._owing_since = 0, math.inf

    def _divide(self, others: Sequence[Claim]) -> None:
        shares = fair_shares(self._cluster.nodes(), [self._claim, *others])
        self.limit = max(1, shares[self._claim.sweep])  # with fewer workers than sweeps they wait in Ray's own line
        missing = sum(max(0, shares[other.sweep] - other.holds) for other in others)
        self.asked = self.limit if missing else self.limit + 1
        owed = min(missing, max(0, self._claim.holds - int(self.limit)))
        self._owing_since = min(self._owing_since, self._beat) if owed else math.inf
        self.overdue = owed if self._beat - self._owing_since >= self._patience else 0
