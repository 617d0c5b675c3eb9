"""Who shares a beginning with whom: the order in which trials train least.

Trials of one family (same data, seed, network, …) are one run until their methods act differently: all of them at
first, those with the same settings of one part (`sat` and `sat+reset`) for longer. The first of them trains that run
and stores states where the others will leave it; the others wait, or rather the workers take other trials meanwhile.
Waiting is never slower than training the same epochs beside it, since the one ahead passes every branch point first.
Which numbers come out does not depend on any of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sat_sweep.data import DataCache
from sat_sweep.settings import digest
from sat_sweep.training.loop import Trial
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.audience import Follower, shared_epochs
from sat_sweep.training.trajectory.signature import Chain


class Member(Protocol):
    """What a job must have to be placed in a family."""

    spec: TrialSpec
    history: list[EpochRecord]

    @property
    def name(self) -> str:
        """Unique in the sweep."""


@dataclass
class SharedPrefix:
    """The common run of some trials, as far as it is known."""

    base: list[EpochRecord] = field(default_factory=list)


class SharedPrefixes:
    """Knows of every job when it leaves its family's common run, and who is training that run now."""

    def __init__(self, data: DataCache | None = None) -> None:
        self._data = data or DataCache()
        self._families: dict[str, SharedPrefix] = {}
        self._chains: dict[str, Chain] = {}
        self._divergences: dict[str, tuple[int, int]] = {}

    def needed(self, open_jobs: Iterable[Member]) -> set[str]:
        """The families that trials which have not ended belong to."""
        return {self._chain(job).root for job in open_jobs}

    def observe(self, job: Member, record: EpochRecord) -> None:
        """`job` has finished an epoch."""
        base = self.family(job).base
        if not record.acts and record.epoch == len(base) + 1:
            base.append(record)

    def forget(self, job: Member, *, more_to_come: bool = True) -> None:
        """`job` has ended; unless there are `more_to_come`, its family is forgotten with its last known member."""
        self._divergences.pop(job.name, None)
        chain = self._chains.pop(job.name, None)
        if chain is not None and not more_to_come and all(c.root != chain.root for c in self._chains.values()):
            self._families.pop(chain.root, None)

    def family(self, job: Member) -> SharedPrefix:
        """The family of `job`."""
        return self._families.setdefault(self._chain(job).root, SharedPrefix())

    def divergence(self, job: Member) -> int:
        """The last epoch that `job` has in common with its family, as far as can be told now.

        A method that acts on what happens in the run (resetting) is taken to act as late as what is known allows.
        """
        known = len(self.family(job).base)
        if self._divergences.get(job.name, (-1, 0))[0] != known:
            self._divergences[job.name] = (known, self._last_common_epoch(job))
        return self._divergences[job.name][1]

    def must_wait(self, job: Member, running: Iterable[Member]) -> bool:
        """Whether somebody in `running` is training what `job` would have to train first."""
        family = self.family(job)
        available = min(self.divergence(job), len(family.base))
        relatives = (other for other in running if self.family(other) is family)
        return any(max(available, len(other.history)) < self._common(job, other) for other in relatives)

    def relatives(self, job: Member, others: Iterable[Member]) -> list[TrialSpec]:
        """Those `others` that start out as `job` does."""
        family = self.family(job)
        return [other.spec for other in others if self.family(other) is family]

    def _common(self, job: Member, other: Member) -> int:
        """The last epoch up to which both are the same run, as far as can be told now."""
        history = max(other.history, self.family(job).base, key=len) if not _acts(other) else other.history
        return shared_epochs(self._chain(job).method, self._chain(other).method, history, job.spec.training.epochs)

    def _last_common_epoch(self, job: Member) -> int:
        chain, base = self._chain(job), self.family(job).base
        total = job.spec.training.epochs
        return next((epoch - 1 for epoch in range(1, total + 1) if chain.influence(epoch, base)), total)

    def _chain(self, job: Member) -> Chain:
        if job.name not in self._chains:
            self._chains[job.name] = Trial(job.spec, self._data.get(job.spec.dataset)).chain
        return self._chains[job.name]


def _acts(job: Member) -> bool:
    return bool(job.history) and job.history[-1].acts


def each_once(specs: Iterable[TrialSpec]) -> tuple[Follower, ...]:
    """Their methods and parameters, all that relatives differ in."""
    return tuple({digest([spec.method, spec.parameters]): Follower(spec.method, dict(spec.parameters))
                  for spec in specs}.values())


M = TypeVar("M", bound=Member)


def longest_first(jobs: Sequence[M], families: SharedPrefixes) -> list[M]:
    """Those that follow the common run furthest come first: the others then find all of it."""
    return sorted(jobs, key=lambda job: -families.divergence(job))
