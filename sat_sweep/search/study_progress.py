"""One study while it runs: its search, its confirmation, and the jobs of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from optuna.trial import TrialState

from sat_sweep.config.study import Study
from sat_sweep.home import Result, SweepHome, trial_name
from sat_sweep.search.ending import Ended, score_of
from sat_sweep.search.job import Job, Stage
from sat_sweep.search.study_search import StudySearch
from sat_sweep.search.study_storage import StoredStudy
from sat_sweep.training.record import EpochRecord


@dataclass
class StudyProgress:
    """How far a study is.

    `issued` are jobs that somebody has, by name; `set_aside` those that this machine cannot run, with the reason.
    """

    study: Study
    search: StudySearch
    home: SweepHome
    to_search: list[Job] = field(default_factory=list)
    to_confirm: list[Job] = field(default_factory=list)
    issued: dict[str, Job] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many trials of a stage ended in a state."""
    failures: dict[str, str] = field(default_factory=dict)
    """The last reason for a failure in each stage."""
    _foreseen: dict[int, Job] = field(default_factory=dict)
    _confirming: bool = False

    @classmethod
    def opened(cls, study: Study, stored: StoredStudy, home: SweepHome, most: int | None = None) -> StudyProgress:
        """The study as its storage has it; it has no job to give before it knows which results there are.

        Only the first `most` trials count where its search was ended before it was over.
        """
        return cls(study, StudySearch(study, stored, most), home)

    def go_on(self, known: Collection[Ended]) -> None:
        """Trials that were running, or whose results are not among those that are `known`, are issued next."""
        results = {(ended.stage, ended.number): ended for ended in known}
        for trial in self.search.trials[:self.search.total]:
            ended = results.get(("search", trial.number))
            if trial.ended and ended is not None:
                self.count(ended)
            else:
                self.to_search.append(self.search_job(trial.number, trial.values))
        if ("search", len(self.search.trials)) in results:
            self.draw()  # its storage was lost
        self.open_confirmation()

    # How far it is

    @property
    def share(self) -> float:
        """How much of the search has been started, from 0 to 1."""
        open_jobs = len(self.to_search) + self.search.total - len(self.search.trials)
        return 1 - open_jobs / self.search.total

    @property
    def confirm_total(self) -> int:
        """How many confirm trials there will be; none if the search left nothing usable."""
        if self.search.finished and self.search.winner() is None:
            return 0
        return self.study.space.confirm.seeds

    @property
    def finished(self) -> bool:
        """Whether search and confirm are over."""
        return (self.search.finished and self.ended("search") == self.search.total
                and self.ended("confirm") == self.confirm_total)

    def ended(self, stage: Stage) -> int:
        """How many trials of a stage have ended."""
        return sum(number for (of, _), number in self.ends.items() if of == stage)

    @property
    def exhausted(self) -> bool:
        """Whether it has no job to give, whatever it may have once others have ended."""
        return not (self.to_search or self.to_confirm or self.search.ready)

    @property
    def searching(self) -> bool:
        """Whether its search goes on, rather than being over or waiting for a trial that was set aside."""
        under_way = any(job.stage == "search" for job in self.issued.values())
        return not self.search.finished and (under_way or bool(self.to_search) or self.search.ready)

    def wants(self, job: Job) -> bool:
        """Whether `job` counts, which it does not if the search has ended before it."""
        return job.stage == "confirm" or job.number < self.search.total

    def left_to_confirm(self) -> list[int]:
        """How many epochs each confirming trial has left that has not ended, or will have that is still to come."""
        under_way = [len(job.history) for job in self.issued.values() if job.stage == "confirm"]
        waiting = [0] * (self.study.space.confirm.seeds - self.ended("confirm") - len(under_way))
        return [self.study.space.training.epochs - done for done in (*under_way, *waiting)]

    def cut_search(self, total: int) -> None:
        """The search ends here: only the first `total` trials count, which have ended; the winner is one of them."""
        self.search.cut(total)
        self.to_search.clear()
        self.to_confirm.clear()
        self._confirming = False
        self.ends.clear()  # the confirmation is opened again, and counts what has ended of it
        for trial in self.search.trials[:self.search.total]:
            known = self.home.result(trial_name(self.study.key, "search", trial.number))
            if known is not None:
                self.count(Ended.of(known))
        self.open_confirmation()

    def under_way(self, stage: Stage) -> tuple[int, int]:
        """How many issued jobs of `stage` are queued, and how many a worker has started."""
        started = [job.started is not None for job in list(self.issued.values()) if job.stage == stage]
        return started.count(False), started.count(True)

    def count(self, trial: Ended) -> None:
        """A trial of the study has ended."""
        if trial.stage == "search" and trial.number >= self.search.total:
            return
        self.ends[trial.stage, trial.state] += 1
        if trial.state == "failed":
            self.failures[trial.stage] = trial.why

    # Its jobs

    def search_job(self, number: int, values: dict[str, Any]) -> Job:
        """Trial `number` of the search."""
        return Job(self.study.key, "search", number, values, self.study.search_spec(values))

    def draw(self) -> None:
        """Draw the next trials of the search if none waits and some may come.

        One whose result is there, since what the study storage knew of it was lost, has ended already.
        """
        while not self.to_search and self.search.ready:
            for trial in self.search.ask():
                job = self.search_job(trial.number, trial.values)
                known = self._known(job)
                if known is None:
                    self.to_search.append(job)
                else:
                    self._replay(job, known)

    def _replay(self, job: Job, known: Result) -> None:
        """Let the search see `job`, as its result has it, from the first epoch to its end."""
        for record in known.history:
            job.history.append(EpochRecord.from_json(record))
            if record["epoch"] in self.search.milestones:
                self.search.report(job.number, record["epoch"], score_of(job, self.study))
        self.end(job, known)

    def end(self, job: Job, result: Result) -> None:
        """`job` has ended as `result` says."""
        self.count(Ended.of(result))
        if job.stage == "confirm":
            return
        if result.state == "pruned":
            self.search.finish(job.number, TrialState.PRUNED, None)
        elif job.history:
            self.search.finish(job.number, TrialState.COMPLETE, result.value, result.reason)
        else:
            self.search.finish(job.number, TrialState.FAIL, None, result.reason)
        self.open_confirmation()

    def _known(self, job: Job) -> Result | None:
        """The result of exactly this trial, if there is one."""
        known = self.home.result(job.name)
        return known if known is not None and known.spec == job.spec.model_dump(mode="json") else None

    def foreseen(self) -> list[Job]:
        """Trials that are not drawn yet, but whose settings are known."""
        self._foreseen = {number: self._foreseen.get(number) or self.search_job(number, values)
                          for number, values in self.search.foreseen().items()}
        return list(self._foreseen.values())

    def open_confirmation(self) -> None:
        """Once the search is over: the winner with each fresh seed, but for those whose results are there."""
        winner = self.search.winner()
        if not self.search.finished or self._confirming or winner is None:
            return
        self._confirming = True
        for index in range(self.study.space.confirm.seeds):
            job = Job(self.study.key, "confirm", index, winner.values, self.study.confirm_spec(winner.values, index))
            known = self._known(job)
            if known is not None:
                self.count(Ended.of(known))
            else:
                self.to_confirm.append(job)

    def not_ended(self) -> list[Job]:
        """Every job that has not ended, and of an unfinished search one that stands for those to come."""
        if self.finished:
            return []
        first = [self.search_job(trial.number, trial.values) for trial in self.search.trials[:1]]
        return [*self.to_search, *self.to_confirm, *self.issued.values(), *first]
