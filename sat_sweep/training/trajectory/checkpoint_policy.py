"""When to store a state: where others will branch off, and often enough that a loss costs little.

Writing is held to a share of the time spent training, measured while it goes. A state of the common run is paid for
by everybody who may start from it, so a run that many will join is stored at almost every epoch. Known branch points
come first; they are few and each spares somebody a whole segment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

SHARE = 0.02
"""Writing may cost this share of the training time."""
BOUND = 30.0
"""Seconds of training that a loss may cost at most, where the share allows it."""


@dataclass
class CheckpointPolicy:
    """Decides for one trial, epoch by epoch."""

    trials: int = 1
    """How many may want the run's plain beginning: the run itself, and those of whom nothing is known yet."""
    byte_budget: float = math.inf
    """What states of that beginning may still take, in bytes."""
    every_epoch: bool = False
    """Store after each, whatever it costs."""
    write_seconds: float = 0.01
    since: float = field(default=0.0, init=False)

    def wanted(self, seconds: float, *, base: bool, branch: bool) -> bool:
        """Whether to store the state after an epoch that took `seconds`.

        `base` tells whether the run is still plain training, which any trial with its root may want to join;
        `branch` that another one that is known to come goes on from here, alone.
        """
        self.since += seconds
        if self.every_epoch:
            return True
        worth = self.write_seconds
        affordable = worth / SHARE
        if branch:
            return self.since > worth
        if base and self.byte_budget > 0:
            return self.since >= max(worth, affordable / self.trials)
        return self.since >= (affordable if base else max(affordable, BOUND))

    def wrote(self, seconds: float, size: int = 0) -> None:
        """Learn what a write costs here, in `seconds` and bytes (`size`), and start counting anew."""
        self.write_seconds = seconds
        self.byte_budget -= size
        self.since = 0.0
