"""A budget ends the search in time to confirm, and alike for all methods; by a clock that is made up."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.config import load_space, plan
from sat_sweep.errors import SpaceFileError
from sat_sweep.execution.simulated import SimulatedBackend
from sat_sweep.home import Home, Result, SweepHome
from sat_sweep.home.time_taken import running_seconds, summed_seconds
from sat_sweep.report import build_report, table_text
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.sweep.outcome import outcome_of
from sat_sweep.sweep.progress import limits, study_statuses
from sat_sweep.training.record import EpochRecord
from tests.search.simulate import HEAD, Killed, accuracy

EPOCHS, TRIALS, BATCH, SEEDS = 20, 12, 4, 2
SPACE = HEAD + """\
search: {{trials: 12, batch: 4, pruner: none}}
confirm: {{seeds: 2}}
resources: {{gpus: {gpus}}}
{budget}
"""
CONFIRM_SECONDS = 6 * SEEDS * EPOCHS * 1.0
"""Six studies; an epoch takes a second."""
SEARCH_SECONDS = (4 * TRIALS + 2) * EPOCHS * 1.0


def hours(seconds: float) -> str:
    return f"budget: {{hours: {seconds / 3600!r}}}"


def run(folder: Path, budget: str, *, workers: int = 1, gpus: float | str = 0.0, slow: str = "", start: float = 0.0,
        kill_after: int | None = None) -> tuple[JobQueue, float]:
    """Run (or go on with) the sweep in `folder` from `start` on the clock: the queue, and when it was over.

    A study whose key begins with `slow` takes three times as long.
    """
    file = folder / "space.yaml"
    file.write_text(SPACE.format(budget=budget, gpus=gpus))
    home, steps = Home(str(folder / "home")), itertools.count(1)
    storage = StudyStorage(home.database("studies.db"))

    def training(job: Job) -> list[EpochRecord]:
        if next(steps) == kill_after:
            raise Killed
        seconds = 3.0 if slow and job.study.startswith(slow) else 1.0
        metrics = {"epoch_seconds": seconds, "test/accuracy": 0.5}
        return [EpochRecord(e, {"val/noisy_accuracy": accuracy(job, e), **metrics}, str(e), acts=True)
                for e in range(1, EPOCHS + 1)]

    def seconds(records: Sequence[EpochRecord]) -> float:
        return sum(record.metrics["epoch_seconds"] for record in records)

    backend = SimulatedBackend(workers, training, seconds, group=5)
    backend.now = start
    queue = JobQueue(plan(load_space(file)), storage, home.sweep("simulated"), NoSharing(), now=lambda: backend.now)
    try:
        backend.run(queue)
    finally:
        storage.close()
    return queue, backend.now


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_takes_nothing_of_the_budget_and_gives_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    file, home = tmp_path / "space.yaml", Home(str(tmp_path / "home"))
    file.write_text(SPACE.format(budget="budget: {hours: 8}", gpus=0.0))
    storage = StudyStorage(home.database("studies.db"))
    queue = JobQueue(plan(load_space(file)), storage, home.sweep("simulated"), NoSharing())
    set_clock = time.time() + jump
    monkeypatch.setattr(time, "time", lambda: set_clock)
    assert queue.budget is not None
    assert 0 <= queue.budget.hours < 0.5
    storage.close()


def results(folder: Path) -> list[Result]:
    return list(Home(str(folder / "home")).sweep("simulated").results())


def counted(queue: JobQueue) -> dict[str, int]:
    """How many trials of each study that has something to search count."""
    return {key: progress.search.total for key, progress in queue.progress.items() if not key.startswith("ce/")}


def test_without_need_nothing_is_cut(tmp_path: Path) -> None:
    queue, now = run(tmp_path, hours(10 * SEARCH_SECONDS))
    assert now == SEARCH_SECONDS + CONFIRM_SECONDS
    assert set(counted(queue).values()) == {TRIALS}
    assert not queue.search_ended


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_the_search_ends_in_time_to_confirm(tmp_path: Path, workers: int) -> None:
    allowed = (SEARCH_SECONDS / 2 + CONFIRM_SECONDS) / workers + 2 * EPOCHS
    queue, now = run(tmp_path, hours(allowed), workers=workers)
    assert queue.search_ended
    assert queue.finished
    assert outcome_of(queue).status == 0
    assert now <= allowed
    assert now >= 0.6 * allowed, "most of it is used"
    assert {result.state for result in results(tmp_path)} == {"complete"}
    assert sum(result.stage == "confirm" for result in results(tmp_path)) == 6 * SEEDS


def test_all_studies_keep_equally_many_trials_in_whole_batches(tmp_path: Path) -> None:
    """Also those whose trials are quick: the clock favours nobody."""
    queue, _ = run(tmp_path, hours(SEARCH_SECONDS / 2), workers=3, slow="sat")
    numbers = counted(queue)
    assert queue.search_ended
    for rate in ("0.0", "0.4"):
        assert numbers[f"sat/symmetric-{rate}"] == numbers[f"ce+reset/symmetric-{rate}"] < TRIALS
        assert numbers[f"sat/symmetric-{rate}"] % BATCH == 0
    for key, number in numbers.items():
        winner = queue.progress[key].search.winner()
        assert winner is not None
        assert winner.number < number
        ended = [trial for trial in queue.progress[key].search.trials[:number] if trial.ended]
        assert winner.value == max(trial.value for trial in ended if trial.value is not None)


def test_every_study_has_a_trial_however_little_there_is(tmp_path: Path) -> None:
    queue, _ = run(tmp_path, hours(1.0))
    assert set(counted(queue).values()) == {1}
    assert queue.finished
    assert sum(result.stage == "confirm" for result in results(tmp_path)) == 6 * SEEDS


def test_a_larger_budget_that_is_used_up_at_once_ends_where_the_smaller_one_did(tmp_path: Path) -> None:
    """What is confirmed when the search ends again counts once."""
    run(tmp_path, hours(1.0))
    before = [(result.name, result.ended) for result in results(tmp_path)]
    Home(str(tmp_path / "home")).sweep("simulated").update(searched={})  # as a launch with another budget does
    queue, _ = run(tmp_path, hours(2.0), start=1e6)
    assert outcome_of(queue).status == 0
    assert [(result.name, result.ended) for result in results(tmp_path)] == before


def test_gpu_hours_are_those_of_all_trials(tmp_path: Path) -> None:
    """Half a GPU for each trial: 20 seconds of it are 10 GPU seconds, however many run side by side."""
    allowed = (SEARCH_SECONDS / 2 + CONFIRM_SECONDS) / 2
    queue, _ = run(tmp_path, f"budget: {{gpu_hours: {allowed / 3600!r}}}", workers=4, gpus=0.5)
    assert queue.search_ended
    assert queue.finished
    taken = summed_seconds((result.started, result.ended) for result in results(tmp_path)) / 2
    assert 0.6 * allowed <= taken <= allowed


def test_what_was_taken_before_a_crash_counts(tmp_path: Path) -> None:
    """The pause does not."""
    allowed = SEARCH_SECONDS / 2 + CONFIRM_SECONDS
    with pytest.raises(Killed):
        run(tmp_path, hours(allowed), kill_after=15)
    before = running_seconds((result.started, result.ended) for result in results(tmp_path))
    assert before > 0
    queue, now = run(tmp_path, hours(allowed), start=1e6)
    assert queue.search_ended
    assert queue.finished
    assert before + now - 1e6 <= allowed


def test_a_search_that_has_ended_stays_ended(tmp_path: Path) -> None:
    """Killed while it confirms, it confirms the same winners afterwards, though there would be time again."""
    allowed = SEARCH_SECONDS / 2 + CONFIRM_SECONDS
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    reference, _ = run(undisturbed, hours(allowed))
    searched = sum(result.stage == "search" for result in results(undisturbed))
    with pytest.raises(Killed):
        run(tmp_path, hours(allowed), kill_after=searched + 6)
    queue, _ = run(tmp_path, hours(allowed), start=1e6)
    assert counted(queue) == counted(reference)
    assert [(r.name, r.values) for r in results(tmp_path) if r.stage == "confirm"] == [
        (r.name, r.values) for r in results(undisturbed) if r.stage == "confirm"]


def test_it_is_said_what_was_not_searched(tmp_path: Path) -> None:
    queue, _ = run(tmp_path, hours(SEARCH_SECONDS / 2 + CONFIRM_SECONDS))
    sweep = Home(str(tmp_path / "home")).sweep("simulated")
    describe(sweep, queue)
    missing = {key: TRIALS - number for key, number in counted(queue).items()}
    report = build_report(sweep)
    shown = report.to_json()["budget"]
    assert shown["unsearched"] == missing
    assert shown["search_ended"]
    assert shown["hours_taken"] <= shown["hours"]
    assert {row.key: row.trials.total for row in report.rows} == {
        key: progress.search.total for key, progress in queue.progress.items()}
    words = table_text(report)
    assert "Note: The budget has ended the search in time to confirm its winners" in words
    for key, number in missing.items():
        assert f"{number} of {TRIALS} trials of {key}" in words
    assert {status.method: status.unsearched for status in study_statuses(queue) if status.unsearched} == {
        "sat": TRIALS - min(counted(queue).values()), "ce+reset": TRIALS - min(counted(queue).values())}
    known = limits(queue)
    assert known is not None
    assert known["search_ended"]


def test_a_trial_that_does_not_count_wins_nowhere(tmp_path: Path) -> None:
    """However good it was: methods with fewer trials had no such chance."""
    queue, _ = run(tmp_path, hours(SEARCH_SECONDS / 2 + CONFIRM_SECONDS))
    sweep = Home(str(tmp_path / "home")).sweep("simulated")
    describe(sweep, queue)
    key, score = "sat/symmetric-0.4", 0.9999
    first = sweep.result(f"{key}/search-0000")
    assert first is not None
    sweep.add_result(replace(first, number=TRIALS - 1, value=score, values={"sat.momentum": 0.123}))
    shown = CliRunner().invoke(app, ["best", "simulated", "--home", str(tmp_path / "home"), "--method", "sat",
                                     "--noise", "0.4"])
    assert shown.exit_code == 0, shown.output
    assert str(score) not in shown.output
    assert "search-0011" not in shown.output
    row = next(row for row in build_report(sweep).rows if row.key == key)
    assert row.score is not None
    assert row.score < score


def describe(sweep: SweepHome, queue: JobQueue) -> None:
    """Write down what a launch would have."""
    sweep.update(space=queue.plan.space.model_dump(mode="json"), state="finished", studies=[
        {"key": study.key, "method": study.method, "noise": study.noise.label, "rate": study.noise.rate,
         "trials": study.trials} for study in queue.plan.studies])


def test_a_sweep_without_a_budget_says_nothing_of_it(tmp_path: Path) -> None:
    queue, _ = run(tmp_path, "")
    sweep = Home(str(tmp_path / "home")).sweep("simulated")
    describe(sweep, queue)
    assert "budget" not in build_report(sweep).to_json()
    assert limits(queue) is None
    assert "udget" not in table_text(build_report(sweep))


def test_no_more_trials_run_at_a_time_than_the_file_says(tmp_path: Path) -> None:
    _, now = run(tmp_path, "", gpus="0, max_concurrent: 2", workers=8)
    assert now >= (SEARCH_SECONDS + CONFIRM_SECONDS) / 2


def test_spans_side_by_side_count_once_and_pauses_not_at_all() -> None:
    spans = [(0.0, 10.0), (2.0, 5.0), (8.0, 12.0), (100.0, 101.0)]
    assert running_seconds(spans) == 13.0
    assert summed_seconds(spans) == 18.0
    assert running_seconds([]) == 0.0


def test_gpu_hours_without_a_gpu_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(SPACE.format(budget="budget: {gpu_hours: 3}", gpus=0.0))
    with pytest.raises(SpaceFileError, match=r"budget.gpu_hours: limits nothing where a trial has no GPU"):
        load_space(file)
