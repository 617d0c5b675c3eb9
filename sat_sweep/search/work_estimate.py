"""How much work is left, and when it will be done: by epochs and what they cost, rather than by trials.

Trials differ too much to be counted: most of what one has may be shared with others, a pruner ends many, and a method
may take several times as long as another. So what is left is summed up trial by trial,

    plain epochs that nobody has trained + epochs in which the method acts, as far as pruning lets it + the rest,

each with what it was measured to take, in seconds of a worker. How many of those a second brings is the number of
workers times the share of their time in which they had a trial.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from sat_sweep.home import Result
from sat_sweep.home.work import Work
from sat_sweep.search.costs import EpochCosts, Mean
from sat_sweep.search.job import Job, Stage
from sat_sweep.search.sharing import Sharing
from sat_sweep.search.study_progress import StudyProgress
from sat_sweep.search.survival import Survival, plain_epochs
from sat_sweep.search.utilization import Utilization
from sat_sweep.training.record import EpochRecord

Run = tuple[str, ...]
"""Names what trials begin with that are the same until their methods act."""


class Remaining(NamedTuple):
    """What a trial still has to do: `plain` is the last of its epochs that may be shared, `acting` counts others."""

    progress: StudyProgress
    stage: Stage
    run: Run
    plain: float
    acting: float
    begun: bool = False


class WorkEstimate:
    """Follows the trials of a queue; see the module. `sharing` says how they make use of each other's epochs."""

    def __init__(self, studies: Collection[StudyProgress], sharing: Sharing) -> None:
        self._studies = {progress.study.key: progress for progress in studies}
        self._sharing, self._costs = sharing, EpochCosts()
        self._survival = Survival(next(iter(studies)).study.space.search.pruner) if studies else None
        self._utilization = Utilization()
        self._plain: dict[str, Mean] = defaultdict(Mean)
        self._trained: dict[tuple[str, Stage], Mean] = defaultdict(Mean)
        self._known: dict[Run, int] = defaultdict(int)
        self._plain_of: dict[tuple[str, int], int] = {}
        self.done, self.requested, self.epochs_trained = 0.0, 0, 0

    # What has happened

    def add_epoch(self, job: Job, record: EpochRecord) -> None:
        """`job` has finished an epoch."""
        study = self._studies[job.study].study
        if not record.acts:
            run = self._run(job.study, job.stage, job.number)
            self._known[run] = max(self._known[run], record.epoch)
        self.requested += 1
        if record.trained:
            self.epochs_trained += 1
            self.done += record.metrics.get("epoch_seconds", 0.0)
            self._costs.add_epochs(study, job.stage, record.acts, [record.metrics])

    def end(self, job: Job, result: Result) -> None:
        """`job` has ended, in this run."""
        self._utilization.end(job)
        trained = sum(record.metrics.get("epoch_seconds", 0.0) for record in job.history if record.trained)
        acting = [record.trained for record in job.history if record.acts]
        self._ended(result, plain_epochs(job), max(0.0, result.ended - result.started - trained))
        self._trained[job.study, job.stage].add(sum(acting), len(acting))

    def add_known(self, result: Result) -> None:
        """A trial has ended in an earlier run."""
        if result.study not in self._studies:
            return
        study, stage = self._studies[result.study].study, _stage(result)
        plain = [record for record in result.history if not record["acts"]]
        run = self._run(result.study, stage, result.number)
        self._known[run] = max(self._known[run], len(plain))
        epochs = result.history[len(result.history) - result.epochs_trained:]
        for acts in (False, True):
            of_these = [record["metrics"] for record in epochs if record["acts"] is acts]
            self._costs.add_epochs(study, stage, acts, of_these)
        trained = sum(record["metrics"].get("epoch_seconds", 0.0) for record in epochs)
        self.done += trained
        self.requested += len(result.history)
        self.epochs_trained += result.epochs_trained
        self._ended(result, len(plain), max(0.0, result.ended - result.started - trained))

    def _ended(self, result: Result, plain: int, besides: float) -> None:
        progress = self._studies[result.study]
        self._costs.add_trial(_stage(result), besides)
        self.done += besides
        if result.stage == "search":
            self._plain[result.study].add(plain)
            self._plain_of[result.study, result.number] = plain
            pruned = result.state == "pruned"
            if self._survival is not None:
                self._survival.add(progress.search, result.number, plain, len(result.history), pruned)

    # What is left

    def work(self, workers: int, now: float) -> Work:
        """How far it is with so many `workers`; `now` is in seconds since 1970."""
        issued = [job for progress in self._studies.values() for job in progress.issued.values()]
        used = self._utilization.share(issued, workers, now)
        left = list(self._left())
        done = self.done + sum(self._begun(job, now) for job in issued)
        expected = max(done, self.done + self._seconds(left))
        through = max((expected - done) / (workers * used) + self._tail(left, workers), self._longest(left))
        known = bool(self.epochs_trained) or not left
        return Work(now, done, expected, through if known else None, self.requested, self.epochs_trained)

    def _begun(self, job: Job, now: float) -> float:
        """Seconds that have gone into the epoch that `job` is in."""
        if job.started is None or job.ended is None:
            return 0.0
        study, acts = self._studies[job.study].study, bool(job.history) and job.history[-1].acts
        return min(max(0.0, now - job.ended), self._costs.epoch(study, job.stage, acts))

    def _seconds(self, left: Iterable[Remaining]) -> float:
        """Of a worker: each shared beginning once, up to the last epoch that somebody has of it."""
        total, beginnings = 0.0, dict[Run, tuple[float, Remaining]]()
        for one in left:
            study = one.progress.study
            total += one.acting * self._costs.epoch(study, one.stage, True) * self._trains(study.key, one.stage)
            total += 0.0 if one.begun else self._costs.besides(one.stage)
            if one.plain > beginnings.get(one.run, (0.0, one))[0]:
                beginnings[one.run] = one.plain, one
        return total + sum(max(0.0, plain - self._known.get(run, 0)) * self._costs.epoch(one.progress.study, one.stage,
                                                                                       False)
                           for run, (plain, one) in beginnings.items())

    def _trains(self, study: str, stage: Stage) -> float:
        """The share of acting epochs that trials train themselves: others may have the same settings for a while."""
        known = self._trained[study, stage]
        return known.value if known.number else 1.0

    def _left(self) -> Iterator[Remaining]:
        for progress in self._studies.values():
            yield from (self._of_job(progress, job) for job in _jobs(progress))
            search = progress.search
            for number in range(len(search.trials), search.total):
                yield self._unknown(progress, "search", number)
            opened = sum(job.stage == "confirm" for job in _jobs(progress))
            for index in range(max(0, progress.confirm_total - progress.ended("confirm") - opened)):
                yield self._unknown(progress, "confirm", index)

    def _of_job(self, progress: StudyProgress, job: Job) -> Remaining:
        done, epochs = len(job.history), job.spec.training.epochs
        acts = bool(done) and job.history[-1].acts
        plain = plain_epochs(job) if acts else max(done, self._foreseen(progress, job))
        return self._remaining(progress, job.stage, job.number, plain, done, epochs, job.started is not None)

    def _foreseen(self, progress: StudyProgress, job: Job) -> int:
        """The last plain epoch of `job`: of a winner's as in its search, where that could be seen."""
        winner = progress.search.winner() if job.stage == "confirm" else None
        if winner is not None and (progress.study.key, winner.number) in self._plain_of:
            return self._plain_of[progress.study.key, winner.number]
        known = self._sharing.last_plain_epoch(job)
        return round(self._typical(progress)) if known is None else known

    def _unknown(self, progress: StudyProgress, stage: Stage, number: int) -> Remaining:
        """A trial that is not drawn yet."""
        epochs = progress.study.space.training.epochs
        return self._remaining(progress, stage, number, round(min(epochs, self._typical(progress))), 0, epochs, False)

    def _remaining(self, progress: StudyProgress, stage: Stage, number: int, plain: int, done: int, epochs: int,
                   begun: bool) -> Remaining:
        before = max(plain, done)
        acting = float(epochs - before)
        if stage == "search" and self._survival is not None:
            acting = self._survival.epochs(progress.search, number, plain, before, epochs)
        return Remaining(progress, stage, self._run(progress.study.key, stage, number), plain, acting, begun)

    def _typical(self, progress: StudyProgress) -> float:
        """How many epochs of its trials are plain, from those that have ended, else from those that are known."""
        ended = self._plain[progress.study.key]
        if ended.number:
            return ended.value
        known = [self._sharing.last_plain_epoch(job) or 0 for job in _jobs(progress) if job.stage == "search"]
        return sum(known) / len(known) if known else 0.0

    def _run(self, study: str, stage: Stage, number: int) -> Run:
        """The same for all trials whose beginnings are trained once."""
        known = self._studies[study].study
        if not (self._sharing.shares and known.one_root):
            return study, stage, str(number)
        return known.condition.label, stage, str(number) if stage == "confirm" else ""

    def _tail(self, left: Iterable[Remaining], workers: int) -> float:
        """In the end some workers have nothing to do: on the average for half of the longest trial."""
        return 0.5 * (1 - 1 / workers) * max(map(self._alone, left), default=0.0)

    def _longest(self, left: Iterable[Remaining]) -> float:
        """What the batches of a study take at the least, since each waits for the one before, and its confirmation."""
        seconds: dict[tuple[str, Stage], list[float]] = defaultdict(list)
        for one in left:
            seconds[one.progress.study.key, one.stage].append(self._alone(one))
        batches = {key: sum(sorted(seconds[key, "search"], reverse=True)[::progress.study.batch])
                   for key, progress in self._studies.items()}
        return max((batches[key] + max(seconds[key, "confirm"], default=0.0) for key in batches), default=0.0)

    def _alone(self, one: Remaining) -> float:
        """Seconds that the rest of a trial takes where nothing is shared any more."""
        study, plain = one.progress.study, max(0.0, one.plain - self._known.get(one.run, 0))
        return (one.acting * self._costs.epoch(study, one.stage, True) + plain
                * self._costs.epoch(study, one.stage, False) + (0.0 if one.begun else self._costs.besides(one.stage)))


def _jobs(progress: StudyProgress) -> list[Job]:
    return [*progress.to_search, *progress.issued.values(), *progress.to_confirm]


def _stage(result: Result) -> Stage:
    return "search" if result.stage == "search" else "confirm"
