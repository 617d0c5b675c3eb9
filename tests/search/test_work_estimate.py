"""How long the rest takes: on the simulated backend, whose clock is the truth."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.data import DataCache
from sat_sweep.execution.simulated import SimulatedBackend
from sat_sweep.home import Home
from sat_sweep.home.work import Work
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing, SharedPrefixes
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.training.loop import Trial
from sat_sweep.training.record import EpochRecord
from tests.search.simulate import Killed, accuracy

SPACE = """
name: timed
dataset: {{name: digits}}
noise: {{kind: symmetric, rates: [0.0, 0.4]}}
methods: [ce, sat, ce+reset, co_teaching]
model: {{name: mlp}}
training: {{epochs: 24}}
search: {{trials: 12, batch: 4, pruner: {{name: {pruner}}}}}
confirm: {{seeds: 3}}
{more}
"""
SECONDS = {"ce": 10.0, "sat": 15.0, "ce+reset": 10.0, "co_teaching": 34.0}
"""Of an epoch in which the method acts; without, all take as long as `ce`."""
CONFIRMING, BESIDES, BEGAN = 1.15, 4.0, 1000.0
THIRD = (2 / 3, 4 / 3)


@dataclass
class Seen:
    """What was estimated at a time of the clock, and how many trials had ended by then."""

    work: Work
    ended: int


class World:
    """Where trials take the time that SECONDS says, and an epoch that somebody has trained is trained once."""

    def __init__(self, shares: bool) -> None:
        self.data, self.shares = DataCache(), shares
        self._trained: set[tuple] = set()

    def training(self, job: Job) -> list[EpochRecord]:
        trial, found, acts = Trial(job.spec, self.data.get(job.spec.dataset)), [], False
        so_far: tuple = (trial.chain.root,)
        for epoch in range(1, job.spec.training.epochs + 1):
            acting = trial.method.influence(epoch, found)
            acts, so_far = acts or bool(acting), (*so_far, repr(acting))
            known = self.shares and so_far in self._trained
            self._trained.add(so_far)
            metrics = {"val/noisy_accuracy": accuracy(job, epoch), "epoch_seconds": self._seconds(job, epoch, acts)}
            metrics["train/noisy_accuracy"] = metrics["val/noisy_accuracy"]
            found.append(EpochRecord(epoch, metrics, str(epoch), acts, trained=not known))
        return found

    def _seconds(self, job: Job, epoch: int, acts: bool) -> float:
        method = job.study.split("/")[0] if acts else "ce"
        luck = random.Random(f"{job.name}{epoch}").uniform(0.7, 1.3)
        return SECONDS[method] * luck * (CONFIRMING if job.stage == "confirm" else 1.0)


def taken(records: Sequence[EpochRecord]) -> float:
    first = BESIDES if records[0].epoch == 1 else 0.0
    return first + sum(record.metrics["epoch_seconds"] for record in records if record.trained)


def run(folder: Path, workers: int, *, pruner: str = "asha", shares: bool = True, more: str = "",
        kill_at: float = float("inf"), start: float = BEGAN) -> tuple[list[Seen], float, JobQueue]:
    """Run (or go on with) the sweep: what was estimated on the way, and when it was over."""
    file = folder / "space.yaml"
    file.write_text(SPACE.format(pruner=pruner, more=more))
    world, home, seen = World(shares), Home(str(folder / "home")), list[Seen]()
    storage = StudyStorage(home.database("studies.db"))

    def seconds(records: Sequence[EpochRecord]) -> float:
        ended = sum(sum(progress.ends.values()) for progress in queue.progress.values())
        if queue.work is not None:
            seen.append(Seen(queue.work, ended))
        if backend.now > kill_at:
            raise Killed
        return taken(records)

    backend = SimulatedBackend(workers, world.training, seconds, group=2)
    backend.now = start
    sharing = SharedPrefixes(world.data) if shares else NoSharing()
    queue = JobQueue(plan(load_space(file)), storage, home.sweep("timed"), sharing, now=lambda: backend.now)
    try:
        backend.run(queue)
    except Killed:
        pass
    finally:
        storage.close()
    return seen, backend.now, queue


def at_tenths(seen: list[Seen], end: float, start: float = BEGAN) -> Iterator[tuple[Seen, float]]:
    """What was known after each tenth of the time, and how long the rest did take."""
    for tenth in range(1, 10):
        now = start + tenth / 10 * (end - start)
        last = [each for each in seen if each.work.at <= now][-1]
        yield last, end - now


def wrong(left: float, truth: float) -> bool:
    return not THIRD[0] <= left / truth <= THIRD[1]


@pytest.mark.parametrize(("workers", "pruner", "shares"), [
    (1, "asha", True), (3, "median", True), (2, "asha", False)])
def test_after_a_tenth_it_is_right_within_a_third(tmp_path: Path, workers: int, pruner: str, shares: bool) -> None:
    seen, end, queue = run(tmp_path, workers, pruner=pruner, shares=shares)
    estimates = [(each.work.left(end - truth) or 0.0, truth) for each, truth in at_tenths(seen, end)]
    assert [(left, truth) for left, truth in estimates if wrong(left, truth)] == []
    assert queue.work is not None
    assert (queue.work.epochs_trained < queue.work.epochs_requested) == shares


def test_trials_alone_do_not_tell(tmp_path: Path) -> None:
    """The sweep is one in which counting them is wrong: else the test above would hold for nothing."""
    seen, end, queue = run(tmp_path, 2)
    trials = sum(sum(progress.ends.values()) for progress in queue.progress.values())
    counted = [((end - truth - BEGAN) / each.ended * (trials - each.ended), truth)
               for each, truth in at_tenths(seen, end)]
    assert any(wrong(left, truth) for left, truth in counted)


def test_in_the_end_all_work_is_done(tmp_path: Path) -> None:
    _, _, queue = run(tmp_path, 2)
    assert queue.work is not None
    assert queue.work.share == 1.0
    assert queue.work.seconds_left == 0.0


def test_after_a_crash_what_was_learnt_before_counts(tmp_path: Path) -> None:
    seen, end, _ = run(tmp_path, 2)
    other = tmp_path / "other"
    other.mkdir()
    run(other, 2, kill_at=BEGAN + (end - BEGAN) / 2)
    again, over, _ = run(other, 2, start=1e6)
    first = again[0].work
    assert first.seconds_left is not None
    assert not wrong(first.seconds_left, over - 1e6)
    assert first.share > 0.3
    assert seen[0].work.seconds_left is None, "a new sweep has nothing to go by"


def test_a_budget_is_an_end_too(tmp_path: Path) -> None:
    seen, _, _ = run(tmp_path, 1, more="budget: {hours: 1}")
    known = [each.work.seconds_left for each in seen if each.work.seconds_left is not None]
    assert max(known) <= 3600


def test_time_goes_by_between_two_estimates() -> None:
    work = Work(at=100.0, done=10.0, expected=40.0, seconds_left=30.0, epochs_requested=4, epochs_trained=2)
    assert work.left(110.0) == 20.0
    assert work.left(1000.0) == 0.0
    assert work.left(99.0) == 30.0, "another machine's clock may be behind"
    assert replace(work, seconds_left=None).left(110.0) is None
    assert Work.from_json(work.to_json()) == work
