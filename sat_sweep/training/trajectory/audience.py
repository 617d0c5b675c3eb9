"""Who else wants a run's states, and until when.

Trials that differ only in what has not acted yet are one run. Whoever trains it is told its audience: so states are
stored where others will leave the common run, and often enough for those of whom nothing is known yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sat_sweep.methods import Composition
from sat_sweep.methods.tools import Record


class Follower(NamedTuple):
    """A trial that starts out as the same run: its method, and all parameters of it."""

    method: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Audience:
    """Everybody who may want a run's states beside the run itself.

    `followers` are trials that are known to come; `unknown` counts trials that may come and may leave anywhere, and
    `byte_budget` is what states of the common beginning may take for them, in bytes. After the epochs `may_end` the run
    itself may be ended (a pruner's rungs), and others go on alone. With `every_epoch` a state is stored after each,
    whatever that costs: for whoever examines that sharing changes nothing.
    """

    followers: tuple[Follower, ...] = ()
    unknown: int = 0
    byte_budget: float = math.inf
    may_end: frozenset[int] = frozenset()
    every_epoch: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it travels to a worker."""
        return {"followers": [list(each) for each in self.followers], "unknown": self.unknown,
                "byte_budget": self.byte_budget, "may_end": sorted(self.may_end), "every_epoch": self.every_epoch}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Audience:
        """What `to_json` wrote."""
        followers = tuple(Follower(*each) for each in content["followers"])
        return cls(followers, content["unknown"], content["byte_budget"], frozenset(content["may_end"]),
                   content["every_epoch"])


NOBODY = Audience()
"""Nobody else is known."""


def shared_epochs(one: Composition, other: Composition, history: Sequence[Record], epochs: int) -> int:
    """The last epoch, of `epochs`, up to which two methods are the same run, as far as `history` can tell.

    A method that acts on what happens in the run is taken to act as late as the known part of it allows.
    """
    for epoch in range(1, epochs + 1):
        known = history[: epoch - 1]
        if one.influence(epoch, known) != other.influence(epoch, known):
            return epoch - 1
    return epochs


class Branching:
    """The methods that will still be in the same state as a run after its next epoch."""

    def __init__(self, method: Composition, others: Sequence[Composition], history: Sequence[Record]) -> None:
        """`method` is the run's own; plain training always counts among the `others`."""
        self._method = method
        plain = Composition("ce", {}, method.setting)
        following = len(history) + 1
        self._others = [other for other in (plain, *others)
                        if shared_epochs(method, other, history, following) == following]

    @property
    def everybody_left(self) -> bool:
        """Whether everybody has left."""
        return not self._others

    def branches_after(self, history: Sequence[Record]) -> bool:
        """Whether somebody leaves the run after the last epoch of `history`; who left is forgotten."""
        epoch = len(history) + 1
        ours = self._method.influence(epoch, history)
        staying = [other for other in self._others if other.influence(epoch, history) == ours]
        branching = len(staying) < len(self._others)
        self._others = staying
        return branching
