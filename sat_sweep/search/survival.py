"""How many epochs a trial will have that a pruner may end: from what earlier trials tell, at first from its rule."""

from __future__ import annotations

from collections import Counter

from sat_sweep.config.space import Pruner
from sat_sweep.search.job import Job
from sat_sweep.search.study_search import StudySearch

PRIOR_WEIGHT = 4.0
"""The pruner's rule counts as so many trials that were seen at a rung."""
MEDIAN_KEEPS = 0.75
"""Whoever has survived one comparison with the median is likelier to survive the next."""


class Survival:
    """The share of trials that go on after each rung, of all studies together."""

    def __init__(self, pruner: Pruner) -> None:
        self._rule = MEDIAN_KEEPS if pruner.name == "median" else 1 / pruner.reduction
        self._seen: Counter[int] = Counter()
        self._kept: Counter[int] = Counter()

    def add(self, search: StudySearch, number: int, plain: int, epochs: int, pruned: bool) -> None:
        """Trial `number` has ended after `epochs`, of which the first `plain` could not be pruned."""
        if search.is_first_batch(number):
            return
        for place, rung in enumerate(sorted(search.rungs)):
            if plain < rung <= epochs:
                self._seen[place] += 1
                self._kept[place] += not (pruned and rung == epochs)

    def epochs(self, search: StudySearch, number: int, plain: int, done: int, total: int) -> float:
        """How many of the epochs from `done` + 1 to `total` trial `number` is expected to have."""
        if search.is_first_batch(number):
            return total - done
        expected, share, before = 0.0, 1.0, done
        for place, rung in enumerate(sorted(search.rungs)):
            if max(plain, done) < rung:
                expected += share * (rung - before)
                share, before = share * self._keeps(place), rung
        return expected + share * (total - before)

    def _keeps(self, place: int) -> float:
        return (self._kept[place] + PRIOR_WEIGHT * self._rule) / (self._seen[place] + PRIOR_WEIGHT)


def plain_epochs(job: Job) -> int:
    """How many epochs of `job` so far were plain cross-entropy."""
    return sum(not record.acts for record in job.history)
