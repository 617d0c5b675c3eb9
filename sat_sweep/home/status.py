"""How far a sweep is, for people and programs, whoever runs it and wherever."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from sat_sweep.home.checksum import Damaged, sealed, unsealed
from sat_sweep.home.plain import has_plain_fields
from sat_sweep.home.record import SweepRecord, condition_label
from sat_sweep.home.sweep_home import SweepHome
from sat_sweep.home.warn import warn_once
from sat_sweep.home.work import Work

HEARTBEAT = 5.0
"""Seconds between two writes of the status while a sweep runs."""
SILENCE = 60.0
"""Seconds without a heartbeat after which a running sweep counts as interrupted."""


@dataclass(frozen=True)
class StudyStatus:
    """One study in one stage; `budget` is how many trials the stage has in all."""

    method: str
    noise: str
    stage: str
    budget: int
    complete: int
    pruned: int
    failed: int
    running: int
    best: float | None
    """The best score of the search so far, by the measure that the task selects by."""
    queued: int = 0
    """Trials that were handed out and that no worker has started; `running` are those that one has."""
    vary: dict[str, Any] = field(default_factory=dict)
    """What else the study's condition varies, by path."""
    unsearched: int = 0
    """Trials that are not in `budget`, since the sweep's own has ended the search before them."""
    why_failed: str = ""
    """The first line of what the last failed trial said; "" where none has failed."""

    @property
    def condition(self) -> str:
        """The condition's label."""
        return condition_label(self.noise, self.vary)

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return self.complete + self.pruned + self.failed


@dataclass(frozen=True)
class WorkerShare:
    """What a sweep has of a cluster that it may have to share with others.

    `workers` are those that it has, `share` how many it may have beside the others, `room` how many it could have if
    it were alone; `weight` is what decides the share.
    """

    workers: int
    share: int
    room: int
    weight: float

    def to_json(self) -> dict[str, Any]:
        """`{"workers", "share", "of", "weight"}`."""
        return {"workers": self.workers, "share": self.share, "of": self.room, "weight": self.weight}

    @classmethod
    def from_json(cls, content: Mapping[str, Any] | None) -> WorkerShare | None:
        """The share that `to_json` described, if any."""
        return cls(content["workers"], content["share"], content["of"], content["weight"]) if content else None


@dataclass(frozen=True)
class Status:
    """A sweep's state (new, running, interrupted, stopped, finished or failed) and that of its studies, by stage.

    `limits` are the budget of a sweep that has one and what is taken of it: hours, gpu_hours, hours_taken,
    gpu_hours_taken, and whether it has ended the search, search_ended. `owner` has launched it, "" if nobody knows;
    `share` is what it has of a cluster while it runs there. `work` says how much is done and left, `baseline` with
    which method others are compared, `heartbeat` when the driver last said that it lives, in seconds since 1970;
    `unit` is that of the scores, such as "fraction".
    """

    sweep: str
    state: str
    studies: tuple[StudyStatus, ...] = ()
    limits: dict[str, float | bool | None] | None = None
    owner: str = ""
    share: WorkerShare | None = None
    work: Work | None = None
    baseline: str = ""
    heartbeat: float | None = None
    unit: str = ""

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return sum(study.ended for study in self.studies)

    @property
    def budget(self) -> int:
        """How many trials there are in all."""
        return sum(study.budget for study in self.studies)

    def at(self, now: float) -> Status:
        """The same as of `now`: interrupted where it runs and its driver has been silent for too long."""
        silent = self.heartbeat is not None and now - self.heartbeat > SILENCE
        return replace(self, state="interrupted", share=None) if self.state == "running" and silent else self

    def to_json(self) -> dict[str, Any]:
        """`{"sweep", "state", "studies"}`, and what is known of all else, "limits" as "budget".

        A study has "vary" only in a sweep that varies something, "unsearched" and "why_failed" only where there is
        such a trial.
        """
        seldom = ("vary", "unsearched", "why_failed")
        studies = [{name: value for name, value in asdict(study).items() if name not in seldom or value}
                   for study in self.studies]
        return {"sweep": self.sweep, "state": self.state, "studies": studies,
                **({"budget": self.limits} if self.limits else {}), **({"owner": self.owner} if self.owner else {}),
                **({"share": self.share.to_json()} if self.share else {}),
                **({"work": self.work.to_json()} if self.work else {}),
                **({"baseline": self.baseline} if self.baseline else {}),
                **({"heartbeat": self.heartbeat} if self.heartbeat else {}),
                **({"unit": self.unit} if self.unit else {})}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Status:
        """The status that `to_json` made, without what later versions may have added."""
        known = {entry.name for entry in fields(StudyStatus)}
        studies = tuple(StudyStatus(**{name: value for name, value in study.items() if name in known})
                        for study in content["studies"])
        return cls(content["sweep"], content["state"], studies, content.get("budget"), content.get("owner", ""),
                   WorkerShare.from_json(content.get("share")), Work.from_json(content.get("work")),
                   content.get("baseline", ""), content.get("heartbeat"), content.get("unit", ""))


def write_status(sweep: SweepHome, state: str, studies: Sequence[StudyStatus], limits: dict[str, Any] | None = None,
                 owner: str = "", share: WorkerShare | None = None) -> None:
    """Let everybody know; `state` is running, finished, stopped or failed, the others as of `Status`."""
    keep_status(sweep, Status(sweep.name, state, tuple(studies), limits, owner, share))


def keep_status(sweep: SweepHome, status: Status) -> None:
    """Let everybody know, with the time of this moment as a sign of life."""
    sweep.folder.write("status.json", sealed(replace(status, heartbeat=time.time()).to_json()))


def read_status(sweep: SweepHome) -> Status:
    """How the sweep stands; its state is "interrupted" where a running sweep has fallen silent.

    A damaged status is counted again from the results, as is said on standard error. Raises Damaged where the
    sweep's record is damaged too.
    """
    written = sweep.folder.read("status.json")
    if written is None:
        return Status(sweep.name, "new")
    try:
        return _decoded(written)
    except Damaged as damage:
        warn_once(f"status.json of sweep '{sweep.name}' cannot be used, {damage}; it is counted again from the results")
        return _counted(sweep)


def count_again(sweep: SweepHome) -> None:
    """Replace the status by what record and results tell, for a sweep that nobody runs; raises Damaged."""
    keep_status(sweep, _counted(sweep))


def _decoded(written: bytes | bytearray) -> Status:
    content = unsealed(written)
    try:
        status = replace(Status.from_json(content), heartbeat=float(content["heartbeat"]))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise Damaged("it is no status of a sweep") from None
    if not has_plain_fields(status):
        raise Damaged("it is no status of a sweep")
    return status.at(time.time())


def _counted(sweep: SweepHome) -> Status:
    """The status as the record and the results tell it; whoever still runs the sweep will soon say so again."""
    record = sweep.describe()
    if record is None:
        return Status(sweep.name, "new")
    state = "interrupted" if record.state == "running" else record.state
    return Status(sweep.name, state, tuple(_studies(sweep, record)), owner=record.owner)


def _studies(sweep: SweepHome, record: SweepRecord) -> Iterator[StudyStatus]:
    counts: Counter[tuple[str, str, str]] = Counter()
    why: dict[tuple[str, str], str] = {}
    for result in sweep.results():
        counts[result.study, result.stage, result.state] += record.counts(result.study, result.stage, result.number)
        if result.state == "failed":
            why[result.study, result.stage] = result.why
    for study in record.studies:
        searched = record.searched.get(study.key, study.trials)
        for stage, budget in (("search", searched), ("confirm", record.seeds or 0)):
            ended = {state: counts[study.key, stage, state] for state in ("complete", "pruned", "failed")}
            yield StudyStatus(study.method, study.noise, stage, budget, **ended, running=0, best=None, vary=study.vary,
                              unsearched=study.trials - searched if stage == "search" else 0,
                              why_failed=why.get((study.key, stage), ""))
