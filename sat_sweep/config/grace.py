"""How long nobody is pruned: a trial that does not yet differ from its siblings tells nothing about them."""

from __future__ import annotations

from collections.abc import Iterator

from sat_sweep.config.dimension import search_space
from sat_sweep.config.leaves import complete_parameters
from sat_sweep.config.length import ONE_STEP
from sat_sweep.config.space import SpaceFile
from sat_sweep.methods.parameters import Length

_START = ".start_epoch"
"""How parameters end that say when a method begins to act."""


def pruning_grace(space: SpaceFile) -> int:
    """Epochs before which no trial of the sweep is pruned, at most all of them.

    As the file says, or for `auto`: a tenth of the training beyond the latest epoch at which any method may
    begin to act, and no less than a quarter. Methods that wait for something to happen, such as reset for its
    patience to end, cannot be foreseen.
    """
    epochs, grace = space.training.epochs, space.search.pruner.grace
    if grace != "auto":
        return min(grace, epochs)
    latest = max((start for method in space.methods for start in _starts(method, space)), default=0)
    return min(epochs, max(latest + max(1, epochs // 10), epochs // 4))


def _starts(method: str, space: SpaceFile) -> Iterator[int]:
    """For each start that `method` has, the latest epoch that the search may give it."""
    length = Length(space.training.epochs, ONE_STEP)  # no start depends on steps
    dimensions, fixed = search_space(method, space, length)
    latest = complete_parameters(method, fixed, length)
    for axis in dimensions:
        latest[axis.name] = max(axis.choices or (axis.high,))  # type: ignore[type-var, assignment]
    yield from (int(value) for name, value in latest.items() if name.endswith(_START))
