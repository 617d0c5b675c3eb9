"""One trial after another in this process, and what the machine does to it."""

from __future__ import annotations

from typing import Any

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.data import DataCache
from sat_sweep.execution import worker
from sat_sweep.execution.failures import RETRIES
from sat_sweep.execution.serial import SerialBackend
from sat_sweep.execution.stores import StorePlaces
from sat_sweep.home import Home
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.sweep.outcome import outcome_of

SPACE = """
name: small
dataset: {name: digits, subset: 300}
noise: {kind: symmetric, rates: [0.0, 0.4]}
methods: [ce, sat, ce+reset]
model: {name: mlp, width: 16}
training: {epochs: 8, batch_size: 32}
search: {trials: 2, batch: 3, pruner: {name: asha, grace: 4, reduction: 2}}
confirm: {seeds: 2}
"""


@pytest.fixture
def queue(tmp_path: Any) -> Any:
    file = tmp_path / "space.yaml"
    file.write_text(SPACE)
    home = Home(str(tmp_path / "home"))
    storage = StudyStorage(home.database("studies.db"))
    yield JobQueue(plan(load_space(file)), storage, home.sweep("small"), NoSharing())
    storage.close()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the first trials that are tried on this machine end in its failure; says how often that has happened."""
    real, happened = worker.records, []

    def prepare(times: int) -> list[str]:
        def records(trial: Any, *rest: Any) -> Any:
            if len(happened) < times:
                happened.append(trial.spec.method)
                raise OSError(28, "No space left on device")
            return real(trial, *rest)

        def lazily(*given: Any) -> Any:
            yield from records(*given)

        monkeypatch.setattr(worker, "records", lazily)
        return happened

    return prepare


def test_what_the_machine_did_is_tried_again(queue, full_disk):
    happened = full_disk(RETRIES)
    SerialBackend().run(queue, DataCache(), StorePlaces())
    assert len(happened) == RETRIES
    assert outcome_of(queue).status == 0
    assert {result.state for result in queue.home.results()} <= {"complete", "pruned"}


def test_where_the_machine_cannot_go_on_nothing_counts_as_failed(queue, full_disk):
    full_disk(10**6)
    SerialBackend().run(queue, DataCache(), StorePlaces())
    outcome = outcome_of(queue)
    assert outcome.status == 3
    assert "ended 6 times by the machine: OSError: [Errno 28] No space left on device" in outcome.reasons[0]
    assert list(queue.home.results()) == []


def test_stopping_gives_the_trial_back_where_it_is(queue, monkeypatch):
    seen: list[int] = []

    def records(*_: Any) -> Any:
        queue.stopping = True
        seen.append(1)
        yield from ()

    monkeypatch.setattr(worker, "records", records)
    SerialBackend().run(queue, DataCache(), StorePlaces())
    assert len(seen) <= 1
    assert queue.over
    assert outcome_of(queue).status == 3
