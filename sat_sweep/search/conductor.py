"""All studies of a sweep as one stream of jobs: what to run next, what to make of what comes back.

It knows nothing of Ray: whoever calls `next_job`, `report` and `finish` runs the sweep, on one core or on a cluster.
Search comes first, the study furthest behind before the others; a study whose search is over is confirmed whenever
no search is left to start, so that no worker waits for a study.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from optuna.trial import TrialState

from sat_sweep.config.plan import Plan
from sat_sweep.config.study import Study
from sat_sweep.home import Result, SweepHome, trial_name
from sat_sweep.search.shared_prefixes import SharedPrefixes, each_once, longest_first
from sat_sweep.search.study_search import StudySearch
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.training.record import EpochRecord, score
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.audience import NOBODY, Audience

Stage = Literal["search", "confirm"]


@dataclass
class Job:
    """One trial to be run, and who else wants the states of its beginning."""

    study: str
    stage: Stage
    number: int
    values: dict[str, Any]
    spec: TrialSpec
    audience: Audience = NOBODY
    history: list[EpochRecord] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    pruned: bool = False
    started: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        """The trial's name within its sweep."""
        return trial_name(self.study, self.stage, self.number)

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        last = self.history[-1] if self.history else None
        return self.pruned or (last is not None and (last.epoch == self.spec.training.epochs or bool(last.diverged)))


@dataclass
class StudyProgress:
    """A study as the conductor sees it, search and confirm."""

    study: Study
    search: StudySearch
    to_search: list[Job] = field(default_factory=list)
    to_confirm: list[Job] = field(default_factory=list)
    running: dict[str, Job] = field(default_factory=dict)
    foreseen: dict[int, Job] = field(default_factory=dict)
    confirmed: int = 0
    states: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """How much of the search has been started."""
        open_jobs = len(self.to_search) + self.study.trials - len(self.search.trials)
        return 1 - open_jobs / self.study.trials

    def count(self, stage: str, state: str) -> int:
        """How many trials of `stage` ended in `state`."""
        return self.states.get((stage, state), 0)

    @property
    def confirm_total(self) -> int:
        """How many confirm trials there will be; none if the search left nothing usable."""
        if self.search.finished and self.search.winner() is None:
            return 0
        return self.study.space.confirm.seeds

    @property
    def finished(self) -> bool:
        """Whether search and confirm are over."""
        return self.search.finished and self.confirmed == self.confirm_total


class Conductor:
    """Hands out jobs and takes in records; everything durable goes to the ledger and the sweep home."""

    def __init__(self, plan: Plan, ledger: StudyStorage, home: SweepHome, families: SharedPrefixes | None = None,
                 on_result: Callable[[Result], None] = lambda result: None) -> None:
        self.plan, self.home, self.families, self.on_result = plan, home, families, on_result
        self.select, self.epochs_trained = plan.space.search.select, 0
        self.progress = {study.key: self._open(study, ledger) for study in plan.studies}
        self._levels: dict[str, list[StudyProgress]] = defaultdict(list)
        for progress in self.progress.values():
            self._levels[progress.study.noise.label].append(progress)
        self.stopping = False

    def _open(self, study: Study, ledger: StudyStorage) -> StudyProgress:
        name = f"{study.sweep}/{study.key}/{study.identity[:12]}"
        progress = StudyProgress(study, StudySearch(study, ledger.study(name)))
        for trial in progress.search.trials:
            if not trial.ended:
                progress.to_search.append(self._search_job(study, trial.number, trial.values))
            elif (result := self.home.result(trial_name(study.key, "search", trial.number))) is not None:
                self._count(progress, result)
        self._open_confirmation(progress)
        return progress

    # Handing out

    def next_job(self) -> Job | None:
        """The next trial to start, None if there is none at the moment."""
        if self.stopping:
            return None
        for candidates in (self._search_candidates, self._confirm_candidates):
            for progress, queue in candidates():
                job = self._first_ready(queue)
                if job is not None:
                    return self._start(progress, queue, job)
        return None

    def _first_ready(self, queue: list[Job]) -> Job | None:
        if self.families is None:
            return queue[0]
        running = [job for progress in self.progress.values() for job in progress.running.values()]
        return next((job for job in longest_first(queue, self.families)
                     if not self.families.must_wait(job, running)), None)

    def _start(self, progress: StudyProgress, queue: list[Job], job: Job) -> Job:
        queue.remove(job)
        job.audience = Audience(may_end=progress.search.rungs if job.stage == "search" else frozenset())
        if self.families is not None:
            self._foresee(job, self.families)
        job.started = time.time()
        progress.running[job.name] = job
        return job

    def _foresee(self, job: Job, families: SharedPrefixes) -> None:
        """Tell `job` who may start from its beginning; relatives have the same noise level."""
        level = self._levels[self.progress[job.study].study.noise.label]
        for progress in level:
            self._draw(progress)
        waiting = [other for progress in level
                   for other in (*progress.to_search, *self._foreseen(progress), *progress.to_confirm)]
        job.audience = replace(job.audience, followers=each_once(families.relatives(job, waiting)),
                               unknown=self._to_come(job, level), room=self._room(job.stage))

    def _foreseen(self, progress: StudyProgress) -> list[Job]:
        """Trials that are not drawn yet, but whose settings are known."""
        progress.foreseen = {number: progress.foreseen.get(number) or self._search_job(progress.study, number, values)
                             for number, values in progress.search.foreseen().items()}
        return list(progress.foreseen.values())

    def _to_come(self, job: Job, level: list[StudyProgress]) -> int:
        """How many trials may still start as `job` does of which nothing is known: they may leave anywhere."""
        if job.stage == "confirm":
            return sum(not progress.search.finished for progress in level)
        if not self.progress[job.study].study.one_family:
            return 0
        return sum(p.study.trials - len(p.search.trials) - len(p.foreseen) for p in level if p.study.one_family)

    def _room(self, stage: Stage) -> float:
        """Bytes for the states of one common run: all of a stage together get half of what may be stored."""
        runs = len(self._levels) * (self.plan.space.confirm.seeds if stage == "confirm" else 1)
        return self.plan.space.storage.limit_gb * 1e9 / 2 / runs

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to start nor anything running."""
        if self.stopping:
            return not any(progress.running for progress in self.progress.values())
        return all(progress.finished for progress in self.progress.values())

    @property
    def all_started(self) -> bool:
        """Whether nothing is left to start, though something may still be running."""
        return all(progress.search.finished and not progress.to_confirm for progress in self.progress.values())

    def _search_candidates(self) -> Iterator[tuple[StudyProgress, list[Job]]]:
        for progress in sorted(self.progress.values(), key=lambda progress: progress.share):
            self._draw(progress)
            if progress.to_search:
                yield progress, progress.to_search

    def _draw(self, progress: StudyProgress) -> None:
        """The next trials of a study that has none waiting and may have some."""
        if not progress.to_search and progress.search.ready:
            asked = progress.search.ask()
            progress.to_search = [self._search_job(progress.study, t.number, t.values) for t in asked]

    def _confirm_candidates(self) -> Iterator[tuple[StudyProgress, list[Job]]]:
        """Levels with few searches left come first: these could still bring trials into the same families."""
        searching = Counter(p.study.noise.label for p in self.progress.values() if not p.search.finished)
        waiting = [progress for progress in self.progress.values() if progress.to_confirm]
        for progress in sorted(waiting, key=lambda progress: searching[progress.study.noise.label]):
            yield progress, progress.to_confirm

    def _search_job(self, study: Study, number: int, values: dict[str, Any]) -> Job:
        return Job(study.key, "search", number, values, study.search_spec(values))

    def _open_confirmation(self, progress: StudyProgress) -> None:
        if progress.search.finished and not progress.to_confirm:
            progress.to_confirm = self._confirm_jobs(progress)

    def _confirm_jobs(self, progress: StudyProgress) -> list[Job]:
        winner, study = progress.search.winner(), progress.study
        if winner is None:
            return []
        jobs = []
        for index in range(study.space.confirm.seeds):
            job = Job(study.key, "confirm", index, winner.values, study.confirm_spec(winner.values, index))
            known = self.home.result(job.name)
            if known is not None and known.spec == job.spec.model_dump(mode="json"):
                self._count(progress, known)
            else:
                jobs.append(job)
        return jobs

    def needed_families(self) -> set[str]:
        """The families of which states may still be wanted: all that open studies have trained in or will."""
        if self.families is None:
            return set()
        unfinished = [progress for progress in self.progress.values() if not progress.finished]
        return self.families.needed(job for progress in unfinished for job in self._open_jobs(progress))

    def _open_jobs(self, progress: StudyProgress) -> list[Job]:
        """Every job of a study that has not ended, and of an unfinished search one that stands for those to come."""
        jobs = [*progress.to_search, *progress.to_confirm, *progress.running.values()]
        asked = progress.search.trials[:1]
        return jobs + [self._search_job(progress.study, trial.number, trial.values) for trial in asked]

    # Taking in

    def report(self, job: Job, records: Sequence[EpochRecord]) -> bool:
        """Take in further epochs of `job`; True if it is to end, what came after that point does not count.

        Epochs that are known already, from before a worker was lost, are passed over.
        """
        for record in records:
            if job.ended:
                break
            if record.epoch == len(job.history) + 1:
                job.history.append(record)
                self.epochs_trained += record.trained
                if self.families is not None:
                    self.families.observe(job, record)
                self._ask_pruner(job, record)
        return job.ended

    def _ask_pruner(self, job: Job, record: EpochRecord) -> None:
        if job.stage == "confirm" or record.epoch not in self._search(job).milestones:
            return
        wants_to_prune = self._search(job).report(job.number, record.epoch, self._score(job))
        undecided = not record.acts and bool(self.progress[job.study].study.dimensions)
        job.pruned = wants_to_prune and not undecided and not record.diverged

    def finish(self, job: Job, error: str | None = None) -> None:
        """`job` has ended, by itself, by pruning or with an `error` that no retry mended."""
        progress = self.progress[job.study]
        progress.running.pop(job.name, None)
        if self.families is not None:
            self.families.forget(job, more_to_come=job.stage == "search" and progress.study.one_family)
        state, reason = self._outcome(job, error)
        result = self._result(job, state, reason)
        self.home.add_result(result)
        self._count(progress, result)
        if job.stage == "search":
            self._close(job, state, reason)
            self._open_confirmation(progress)
        self.on_result(result)

    def give_back(self, job: Job) -> None:
        """`job` was interrupted; it is the next of its study to be issued, here or by the next driver."""
        progress = self.progress[job.study]
        progress.running.pop(job.name, None)
        (progress.to_search if job.stage == "search" else progress.to_confirm).insert(0, job)

    def _close(self, job: Job, state: str, reason: str | None) -> None:
        search = self._search(job)
        if state == "pruned":
            search.finish(job.number, TrialState.PRUNED, None)
        elif job.history:
            search.finish(job.number, TrialState.COMPLETE, self._score(job), reason)
        else:
            search.finish(job.number, TrialState.FAIL, None, reason)

    def _outcome(self, job: Job, error: str | None) -> tuple[str, str | None]:
        if error is not None:
            return "failed", error
        if job.pruned:
            return "pruned", f"pruned after epoch {len(job.history)}"
        diverged = job.history[-1].diverged
        return ("failed", f"epoch {len(job.history)}: {diverged}") if diverged else ("complete", None)

    def _score(self, job: Job) -> float:
        return score(job.history, job.spec.task.selection, self.select, self.progress[job.study].study.smooth)

    def _search(self, job: Job) -> StudySearch:
        return self.progress[job.study].search

    def _count(self, progress: StudyProgress, result: Result) -> None:
        key = (result.stage, result.state)
        progress.states[key] = progress.states.get(key, 0) + 1
        progress.confirmed += result.stage == "confirm"

    def _result(self, job: Job, state: str, reason: str | None) -> Result:
        study = self.progress[job.study].study
        searched = job.stage == "search" and job.history
        return Result(
            sweep=study.sweep, study=study.key, method=study.method, noise=study.noise.label, rate=study.noise.rate,
            stage=job.stage, number=job.number, seed=job.spec.seed, state=state, reason=reason,
            value=self._score(job) if searched else None, values=job.values,
            spec=job.spec.model_dump(mode="json"), history=[record.to_json() for record in job.history],
            epochs_trained=sum(record.trained for record in job.history), started=job.started, ended=time.time(),
            error_rate=job.facts.get("error_rate"), transition=job.facts.get("transition"),
            corrupted_inputs=job.facts.get("corrupted_inputs"), versions=job.facts.get("versions", {}),
        )
