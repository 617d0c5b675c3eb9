"""All studies of a sweep as one queue of jobs: what to run next, what to make of what comes back.

It knows nothing of Ray: whoever calls `next_job`, `report` and `finish` runs the sweep, on one core or on a cluster.
Search comes first, the study furthest behind before the others; a study whose search is over is confirmed whenever
no search is left to start, so that no worker waits for a study.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sat_sweep.config.plan import Plan
from sat_sweep.home import Result, SweepHome
from sat_sweep.home.status import WorkerShare
from sat_sweep.home.steady_clock import SteadyClock
from sat_sweep.home.work import Work
from sat_sweep.search.budget import cut_before, ended_sentence, opened_budget
from sat_sweep.search.cut import fair_number
from sat_sweep.search.ending import Ended, ending, result_of, score_of
from sat_sweep.search.job import Job
from sat_sweep.search.sharing import Sharing
from sat_sweep.search.stored_trials import stored_name
from sat_sweep.search.study_progress import StudyProgress
from sat_sweep.search.study_search import StudySearch
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.search.work_estimate import WorkEstimate
from sat_sweep.training.record import EpochRecord

WORK_SECONDS, WORK_COST = 1.0, 200.0
"""Between two estimates of the work that is left: so many seconds, and so many times what the last one took."""
MANY = 64
"""Of so many trials it is looked at one by one whether they could run at the same time."""


class JobQueue:
    """Hands out jobs and takes in records; everything durable goes to the study storage and the sweep home.

    `stopping` may be set at any time, from any thread: then nothing more is handed out. `slowest_epoch` is the
    longest that an epoch of this run has taken, in seconds. `workers` is how many trials run at a time, as far as
    whoever runs them has said, and `share` what the sweep has of a cluster, if anything is to be said of that; `work`
    is how much is done and left. `now` is the clock, in seconds since 1970: the machine's own if none is given, and
    for the budget one that nobody sets.
    """

    def __init__(self, plan: Plan, storage: StudyStorage, home: SweepHome, sharing: Sharing,
                 on_result: Callable[[Result], None] = lambda result: None,
                 on_warning: Callable[[str], None] = lambda text: None,
                 on_notice: Callable[[str], None] = lambda text: None,
                 now: Callable[[], float] | None = None) -> None:
        self.plan, self.home, self.sharing = plan, home, sharing
        self.on_result, self.on_warning, self.on_notice = on_result, on_warning, on_notice
        self.epochs_trained, self.slowest_epoch, self.stopping = 0, 0.0, False
        self.workers = 1
        self.share: WorkerShare | None = None
        self._now, self._pause = now or time.time, 0.0
        self.work: Work | None = None
        self.budget = opened_budget(plan, home, now or SteadyClock())
        most = cut_before(home) if self.budget else {}
        self.search_ended = bool(most)
        stored = storage.studies({stored_name(study): study.space.judging_task.selection.measure
                                  for study in plan.studies})
        self.progress = {study.key: StudyProgress.opened(study, stored[stored_name(study)], home, most.get(study.key))
                         for study in plan.studies}
        self._conditions: dict[str, list[StudyProgress]] = defaultdict(list)
        for progress in self.progress.values():
            self._conditions[progress.study.condition.label].append(progress)
        self._estimate = WorkEstimate(self.progress.values(), sharing)
        self._go_on()

    def _go_on(self) -> None:
        """From the results that there are, each read once: they are most of what a restart has to read."""
        known: dict[str, list[Ended]] = defaultdict(list)
        for result in self.home.results():
            self._estimate.add_known(result)
            known[result.study].append(Ended.of(result))
        for key, progress in self.progress.items():
            progress.go_on(known[key])

    # Handing out

    def next_job(self) -> Job | None:
        """The next trial to start, None if there is none at the moment."""
        self._mind_budget()
        self._look_at_work()
        if self.stopping:
            return None
        issued = self._issued()
        for candidates in (self._search_candidates, self._confirm_candidates):
            for progress, waiting in candidates():
                job = self.sharing.first_ready(waiting, issued)
                if job is not None:
                    return self._issue(progress, waiting, job)
        return None

    def _issued(self) -> list[Job]:
        return [job for progress in self.progress.values() for job in progress.issued.values()]

    def _issue(self, progress: StudyProgress, waiting: list[Job], job: Job) -> Job:
        waiting.remove(job)
        may_end = progress.search.rungs if job.stage == "search" else frozenset()
        condition = self._conditions[progress.study.condition.label]
        job.audience = replace(self.sharing.audience(job, condition, len(self._conditions)), may_end=may_end)
        job.started = job.ended = None
        progress.issued[job.name] = job
        return job

    def _search_candidates(self) -> Iterator[tuple[StudyProgress, list[Job]]]:
        for progress in sorted(self.progress.values(), key=lambda progress: progress.share):
            progress.draw()
            if progress.to_search:
                yield progress, progress.to_search

    def _confirm_candidates(self) -> Iterator[tuple[StudyProgress, list[Job]]]:
        """Conditions with few searches left come first: these could still bring trials that start out the same."""
        searching = Counter(p.study.condition.label for p in self.progress.values() if not p.search.finished)
        waiting = [progress for progress in self.progress.values() if progress.to_confirm and self._settled(progress)]
        for progress in sorted(waiting, key=lambda progress: searching[progress.study.condition.label]):
            yield progress, progress.to_confirm

    def _settled(self, progress: StudyProgress) -> bool:
        """Whether its winner stays: a budget may still take trials from all studies of a condition that is searched."""
        condition = self._conditions[progress.study.condition.label]
        return self.budget is None or not any(other.searching for other in condition)

    # Ending the search for a budget

    def _mind_budget(self) -> None:
        """End the search once the rest of the budget is needed to confirm, and every study has a trial to confirm."""
        if self.budget is None or self.search_ended or all(p.search.finished for p in self.progress.values()):
            return
        progress = self.progress.values()
        waiting = [(p.study.key, epochs) for p in progress for epochs in p.left_to_confirm()]
        if self.budget.is_needed_for(waiting, self._issued(), self.workers, self.slowest_epoch):
            numbers = {label: fair_number([p.search for p in studies]) for label, studies in self._conditions.items()}
            if 0 not in numbers.values():
                self._end_search(numbers)

    def _end_search(self, numbers: Mapping[str, int | None]) -> None:
        self.search_ended = True
        for label, number in numbers.items():
            for progress in self._conditions[label] if number is not None else ():
                progress.cut_search(number or 0)
        self.home.update(searched={key: progress.search.total for key, progress in self.progress.items()})
        self.on_notice(ended_sentence(self.progress.values()))

    def wants(self, job: Job) -> bool:
        """Whether `job` is to go on: not if the search has ended before it."""
        return self.progress[job.study].wants(job)

    # How far it is

    @property
    def finished(self) -> bool:
        """Whether every study is searched and confirmed."""
        return all(progress.finished for progress in self.progress.values())

    @property
    def over(self) -> bool:
        """Whether nobody has a job and no further one will be handed out."""
        studies = self.progress.values()
        return not any(p.issued for p in studies) and (self.stopping or all(p.exhausted for p in studies))

    @property
    def all_started(self) -> bool:
        """Whether nothing is left to start, though something may still be running."""
        return all(progress.search.finished and not progress.to_confirm for progress in self.progress.values())

    def could_run(self, most: float) -> int:
        """How many trials could run side by side now, the issued ones among them; no more than `most` are counted.

        A batch that nobody has drawn yet counts as a whole, and so does all that waits once MANY of it could run.
        """
        issued = self._issued()
        if self.stopping or len(issued) >= most:
            return int(min(most, len(issued)))
        waiting = [job for progress in self.progress.values() for job in (*progress.to_search, *progress.to_confirm)]
        further = self.sharing.side_by_side(waiting, issued, min(MANY, most - len(issued)))
        undrawn = sum(min(p.study.batch, p.search.total - len(p.search.trials))
                      for p in self.progress.values() if p.search.ready and not p.to_search)
        return int(min(most, len(issued) + (len(waiting) if further == MANY else further) + undrawn))

    def _look_at_work(self) -> None:
        """Estimate again how much work is left, so seldom that it costs next to nothing."""
        now, began = self._now(), time.perf_counter()
        if self.work is not None and 0 <= now - self.work.at < self._pause and not self.finished:
            return
        self.work = self._estimate.work(self.workers, now)
        if self.budget is not None:
            self.work = self.work.within(self.budget.seconds_left)
        self._pause = max(WORK_SECONDS, WORK_COST * (time.perf_counter() - began))

    def needed_prefixes(self) -> set[str]:
        """The root signatures of which states may still be wanted by a trial of this sweep."""
        return self.sharing.roots(job for progress in self.progress.values() for job in progress.not_ended())

    # Taking in

    def report(self, job: Job, records: Sequence[EpochRecord]) -> bool:
        """Take in further epochs of `job`; True if it is to end, what came after that point does not count.

        Epochs that are known already, from before a worker was lost, are passed over.
        """
        for record in records:
            if job.complete:
                break
            if record.epoch == len(job.history) + 1:
                job.history.append(record)
                if record.trained:
                    self.epochs_trained += 1
                    self.slowest_epoch = max(self.slowest_epoch, record.metrics.get("epoch_seconds", 0.0))
                self._estimate.add_epoch(job, record)
                self.sharing.observe(job, record)
                self._ask_pruner(job, record)
        self._mind_budget()
        self._look_at_work()
        return job.complete

    def _ask_pruner(self, job: Job, record: EpochRecord) -> None:
        if job.stage == "confirm" or record.epoch not in self._search(job).milestones:
            return
        study = self.progress[job.study].study
        wants_to_prune = self._search(job).report(job.number, record.epoch, score_of(job, study))
        undecided = not record.acts and bool(study.dimensions)
        job.pruned = wants_to_prune and not undecided and not record.diverged

    def finish(self, job: Job, error: str | None = None) -> None:
        """`job` has ended, by itself, by pruning or with an `error` of its own making."""
        progress = self.progress[job.study]
        progress.issued.pop(job.name, None)
        self.sharing.forget(job, more_to_come=job.stage == "search" and progress.study.one_root)
        result = result_of(job, progress.study, *ending(job, error))
        self.home.add_result(result)
        if self.budget is not None:
            self.budget.add(result)
        progress.end(job, result)
        self._estimate.end(job, result)
        self._look_at_work()
        self.on_result(result)

    def give_back(self, job: Job) -> None:
        """`job` was interrupted; it is the next of its study to be issued, here or by the next driver."""
        progress = self.progress[job.study]
        progress.issued.pop(job.name, None)
        if progress.wants(job):
            (progress.to_search if job.stage == "search" else progress.to_confirm).insert(0, job)

    def give_all_back(self) -> None:
        """Nobody has a job any more."""
        for progress in self.progress.values():
            for job in list(progress.issued.values()):
                self.give_back(job)

    def set_aside(self, job: Job, reason: str) -> None:
        """`job` cannot be run on this machine, for no fault of its own; it is left to a later run."""
        progress = self.progress[job.study]
        progress.issued.pop(job.name, None)
        progress.set_aside[job.name] = reason

    def _search(self, job: Job) -> StudySearch:
        return self.progress[job.study].search
