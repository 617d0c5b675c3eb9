"""Who trains the same run for how long."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.methods import Composition
from sat_sweep.methods.base import Record


def part_after(one: Composition, other: Composition, history: Sequence[Record], epochs: int) -> int:
    """The last epoch, of `epochs`, up to which two methods are the same run, as far as `history` can tell.

    A method that acts on what happens in the run is taken to act as late as the known part of it allows.
    """
    for epoch in range(1, epochs + 1):
        known = history[: epoch - 1]
        if one.influence(epoch, known) != other.influence(epoch, known):
            return epoch - 1
    return epochs


class Audience:
    """The others that will still be in the same state as a run after its next epoch."""

    def __init__(self, method: Composition, others: Sequence[Composition], history: Sequence[Record]) -> None:
        self._method = method
        plain = Composition("ce", {}, method.setting)
        following = len(history) + 1
        self._others = [other for other in (plain, *others)
                        if part_after(method, other, history, following) == following]

    @property
    def over(self) -> bool:
        """Whether everybody has left."""
        return not self._others

    def parts_after(self, history: Sequence[Record]) -> bool:
        """Whether somebody leaves the run after the last epoch of `history`; who left is forgotten."""
        epoch = len(history) + 1
        ours = self._method.influence(epoch, history)
        staying = [other for other in self._others if other.influence(epoch, history) == ours]
        parting = len(staying) < len(self._others)
        self._others = staying
        return parting
