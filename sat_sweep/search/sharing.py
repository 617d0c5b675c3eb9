"""What jobs share: in which order trials train least, and who may want whose states.

Trials with the same data, seed, network, … are one run until their methods act differently: all of them at first,
those with the same settings of one part (`sat` and `sat+reset`) for longer. The first of them trains that run and
stores states where the others will leave it; the others wait, or rather the workers take other trials meanwhile.
Waiting is never slower than training the same epochs beside it, since the one in front passes every branch point
first. Which numbers come out does not depend on any of this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sat_sweep.data import DataCache
from sat_sweep.search.job import Job
from sat_sweep.search.study_progress import StudyProgress
from sat_sweep.settings import digest
from sat_sweep.training.loop import Trial
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory.audience import NOBODY, Audience, Follower, shared_epochs
from sat_sweep.training.trajectory.signature import Chain


class Sharing(ABC):
    """How jobs make use of each other's epochs."""

    shares = True
    """Whether they do."""

    @abstractmethod
    def first_ready(self, waiting: Sequence[Job], issued: Sequence[Job]) -> Job | None:
        """Which of the `waiting` jobs, one or more, to start while those `issued` are running; None for none yet."""

    @abstractmethod
    def side_by_side(self, waiting: Iterable[Job], issued: Sequence[Job], most: float) -> int:
        """How many of the `waiting` jobs could run beside those `issued`; no more than `most` are counted."""

    @abstractmethod
    def audience(self, job: Job, studies: Sequence[StudyProgress], conditions: int) -> Audience:
        """Who may start from the beginning of `job`, which is about to be.

        `studies` are those of its condition, its own among them; the sweep has so many `conditions`.
        """

    @abstractmethod
    def last_plain_epoch(self, job: Job) -> int | None:
        """The last epoch of `job` in which no method acts, as far as can be told now; None where that is not known."""

    @abstractmethod
    def observe(self, job: Job, record: EpochRecord) -> None:
        """`job` has finished an epoch."""

    @abstractmethod
    def forget(self, job: Job, *, more_to_come: bool) -> None:
        """`job` has ended; `more_to_come` says whether jobs that nobody knows yet may start out as it did."""

    @abstractmethod
    def roots(self, jobs: Iterable[Job]) -> set[str]:
        """The root signatures of `jobs`, where what they share is stored."""


class NoSharing(Sharing):
    """Every job trains from its first epoch on: nobody waits, and no audience is told."""

    shares = False

    def first_ready(self, waiting: Sequence[Job], issued: Sequence[Job]) -> Job | None:
        """The first."""
        return waiting[0]

    def side_by_side(self, waiting: Iterable[Job], issued: Sequence[Job], most: float) -> int:
        """All of them."""
        return int(min(most, sum(1 for _ in waiting)))

    def audience(self, job: Job, studies: Sequence[StudyProgress], conditions: int) -> Audience:
        """Nobody."""
        return NOBODY

    def last_plain_epoch(self, job: Job) -> int | None:
        """Nobody asks the method."""
        return None

    def observe(self, job: Job, record: EpochRecord) -> None:
        """Nothing is made of it."""

    def forget(self, job: Job, *, more_to_come: bool) -> None:
        """Nothing was remembered."""

    def roots(self, jobs: Iterable[Job]) -> set[str]:
        """None."""
        return set()


class SharedPrefixes(Sharing):
    """Jobs share the epochs up to which they are the same run.

    A *prefix* is the plain run, with no method acting, that all jobs with the same root signature begin with.
    """

    def __init__(self, data: DataCache) -> None:
        self._data = data
        self._prefixes: dict[str, list[EpochRecord]] = {}
        self._chains: dict[str, Chain] = {}
        self._divergences: dict[str, tuple[int, int]] = {}

    # Who goes first

    def first_ready(self, waiting: Sequence[Job], issued: Sequence[Job]) -> Job | None:
        """Of those that need wait for nobody the one that follows its prefix furthest: others then find all of it."""
        return next((job for job in self.longest_first(waiting) if not self.must_wait(job, issued)), None)

    def side_by_side(self, waiting: Iterable[Job], issued: Sequence[Job], most: float) -> int:
        """Those that would not have to wait for one another either."""
        count, running = 0, defaultdict[str, list[Job]](list)
        for job in issued:
            running[self._root(job)].append(job)
        for job in waiting:
            if count >= most:
                break
            siblings = running[self._root(job)]
            if not self.must_wait(job, siblings):
                siblings.append(job)
                count += 1
        return count

    def longest_first(self, jobs: Sequence[Job]) -> list[Job]:
        """Those that follow their prefix furthest come first."""
        return sorted(jobs, key=lambda job: -self.divergence(job))

    def must_wait(self, job: Job, issued: Iterable[Job]) -> bool:
        """Whether somebody in `issued` is training what `job` would have to train first."""
        available = min(self.divergence(job), len(self.prefix(job)))
        siblings = (other for other in issued if self._root(other) == self._root(job))
        return any(max(available, len(other.history)) < self._common(job, other) for other in siblings)

    def divergence(self, job: Job) -> int:
        """The last epoch that `job` has in common with its prefix, as far as can be told now.

        A method that acts on what happens in the run (resetting) is taken to act as late as what is known allows.
        """
        known = len(self.prefix(job))
        if self._divergences.get(job.name, (-1, 0))[0] != known:
            self._divergences[job.name] = (known, self._last_common_epoch(job))
        return self._divergences[job.name][1]

    def _last_common_epoch(self, job: Job) -> int:
        chain, prefix, epochs = self._chain(job), self.prefix(job), job.spec.training.epochs
        return next((epoch - 1 for epoch in range(1, epochs + 1) if chain.influence(epoch, prefix)), epochs)

    def _common(self, job: Job, other: Job) -> int:
        """The last epoch up to which both are the same run, as far as can be told now."""
        acts = bool(other.history) and other.history[-1].acts
        history = other.history if acts else max(other.history, self.prefix(job), key=len)
        return shared_epochs(self._chain(job).method, self._chain(other).method, history, job.spec.training.epochs)

    # Who may want whose states

    def audience(self, job: Job, studies: Sequence[StudyProgress], conditions: int) -> Audience:
        """Its followers are all siblings that are known to come; of those that are not, only the number is told."""
        for progress in studies:
            progress.draw()
        coming = [other for p in studies for other in (*p.to_search, *p.foreseen(), *p.to_confirm)]
        siblings = [other for other in coming if self._root(other) == self._root(job)]
        followers = {digest([other.spec.method, other.spec.parameters]):
                     Follower(other.spec.method, dict(other.spec.parameters)) for other in siblings}
        return Audience(tuple(followers.values()), _unknown(job, studies), _byte_budget(job, studies[0], conditions))

    # What is known of prefixes

    def last_plain_epoch(self, job: Job) -> int | None:
        """That of its divergence from the prefix."""
        return self.divergence(job)

    def prefix(self, job: Job) -> list[EpochRecord]:
        """The records of the plain run that `job` begins with, as far as anybody has trained it."""
        return self._prefixes.setdefault(self._root(job), [])

    def observe(self, job: Job, record: EpochRecord) -> None:
        """A further plain epoch makes the known prefix longer."""
        prefix = self.prefix(job)
        if not record.acts and record.epoch == len(prefix) + 1:
            prefix.append(record)

    def forget(self, job: Job, *, more_to_come: bool) -> None:
        """A prefix is forgotten with the last job that begins with it."""
        self._divergences.pop(job.name, None)
        chain = self._chains.pop(job.name, None)
        if chain is not None and not more_to_come and all(c.root != chain.root for c in self._chains.values()):
            self._prefixes.pop(chain.root, None)

    def roots(self, jobs: Iterable[Job]) -> set[str]:
        """The root signatures of `jobs`."""
        return {self._root(job) for job in jobs}

    def _root(self, job: Job) -> str:
        return self._chain(job).root

    def _chain(self, job: Job) -> Chain:
        if job.name not in self._chains:
            self._chains[job.name] = Trial(job.spec, self._data.get(job.spec.dataset)).chain
        return self._chains[job.name]


def _unknown(job: Job, studies: Sequence[StudyProgress]) -> int:
    """How many trials may still start as `job` does of which nothing is known: they may leave anywhere."""
    if job.stage == "confirm":
        return sum(not progress.search.finished for progress in studies)
    own = next(progress for progress in studies if progress.study.key == job.study)
    if not own.study.one_root:
        return 0
    return sum(p.search.total - len(p.search.trials) - len(p.search.foreseen())
               for p in studies if p.study.one_root)


def _byte_budget(job: Job, any_study: StudyProgress, conditions: int) -> float:
    """Bytes for the states of one prefix: all of a stage together get half of what may be stored."""
    space = any_study.study.space
    prefixes = conditions * (space.confirm.seeds if job.stage == "confirm" else 1)
    return space.storage.limit_gb * 1e9 / 2 / prefixes
