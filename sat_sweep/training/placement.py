"""When to store a state: where others will branch off, and often enough that a loss costs little.

Writing is held to a share of the time spent training, measured while it goes. Known branch points come first; they
are few and each spares somebody a whole stretch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SHARE = 0.02
"""Writing may cost this share of the training time."""
BOUND = 30.0
"""Seconds of training that a loss may cost at most, where the share allows it."""


@dataclass
class Placement:
    """Decides for one trial, epoch by epoch."""

    write_seconds: float = 0.01
    since: float = field(default=0.0, init=False)

    def wanted(self, seconds: float, *, base: bool, branch: bool) -> bool:
        """Whether to store the state after an epoch that took `seconds`.

        `base` tells whether the run is still plain training, which any trial of the family may want to join;
        `branch` that this trial or another one that is known to come leaves it here.
        """
        self.since += seconds
        if branch:
            return self.since > self.write_seconds
        affordable = self.write_seconds / SHARE
        return self.since >= (affordable if base else max(affordable, BOUND))

    def wrote(self, seconds: float) -> None:
        """Learn what a write costs here, and start counting anew."""
        self.write_seconds = seconds
        self.since = 0.0
