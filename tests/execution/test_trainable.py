"""When a worker reports."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from sat_sweep.execution.ray_tune import trainable
from sat_sweep.execution.ray_tune.trainable import TrialRunner
from sat_sweep.training import Audience, EpochRecord


@pytest.fixture
def stepped(trial: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The epochs of each report of a trial of twelve epochs, an eighth of a second each, that act from one on."""

    def run(*, acts_from: int = 1, rungs: tuple[int, ...] = (), replayed: int = 0) -> list[list[int]]:
        clock = itertools.count()
        monkeypatch.setattr(trainable.time, "monotonic", lambda: next(clock) / 8)
        monkeypatch.setattr(trainable, "records", lambda *_: iter(
            EpochRecord(epoch, {}, str(epoch), epoch >= acts_from, trained=epoch > replayed) for epoch in range(1, 13)))
        runner = object.__new__(TrialRunner)
        runner._store = None
        runner._begin({"spec": trial("sat").model_dump_json(),
                       "audience": json.dumps(Audience(may_end=frozenset(rungs)).to_json())})
        reports, finished = [], False
        while not finished:
            answer = runner.step()
            assert answer["error"] is None
            reports.append([record["epoch"] for record in json.loads(answer["records"])])
            finished = answer["finished"]
        return reports

    return run


def test_about_once_a_second(stepped):
    assert stepped() == [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12]]


def test_more_often_while_others_may_start_from_it(stepped):
    assert stepped(acts_from=7) == [[1, 2], [3, 4], [5, 6], [7, 8, 9, 10, 11, 12]]


def test_what_was_found_in_the_store_is_in_no_hurry(stepped):
    assert stepped(acts_from=10, replayed=9) == [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12]]


def test_as_soon_as_the_pruner_can_tell(stepped):
    """A trial that the pruner ends would otherwise be trained for up to a second more."""
    assert stepped(rungs=(6,)) == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]
    assert stepped(rungs=(1, 5)) == [[1, 2], [3, 4, 5], [6, 7, 8, 9, 10, 11, 12]]
