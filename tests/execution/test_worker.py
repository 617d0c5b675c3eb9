"""When a worker reports, and whose fault it is when something goes wrong."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from sat_sweep.data import DataCache
from sat_sweep.execution import worker
from sat_sweep.execution.failures import is_of_the_machine
from sat_sweep.execution.messages import JobMessage, ProgressMessage
from sat_sweep.execution.stores import Stores
from sat_sweep.execution.worker import Worker
from sat_sweep.training import Audience, EpochRecord, Follower


@pytest.fixture
def message(trial: Any) -> JobMessage:
    audience = Audience((Follower("ce", {}), Follower("sat", {"sat.momentum": 0.1})), 3, 1e9, frozenset({2, 4}))
    return JobMessage(trial("sat", **{"sat.momentum": 0.7}), audience)


@pytest.fixture
def stepped(trial: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The epochs of each report of a trial of twelve epochs, an eighth of a second each, that act from one on."""

    def run(*, acts_from: int = 1, rungs: tuple[int, ...] = (), replayed: int = 0) -> list[list[int]]:
        clock = itertools.count()
        monkeypatch.setattr(worker.time, "monotonic", lambda: next(clock) / 8)
        monkeypatch.setattr(worker, "records", lambda *_: iter(
            EpochRecord(epoch, {}, str(epoch), epoch >= acts_from, trained=epoch > replayed) for epoch in range(1, 13)))
        runner = Worker(JobMessage(trial("sat"), Audience(may_end=frozenset(rungs))), Stores(), DataCache())
        assert runner.work().records == (), "that it has started is said at once"
        reports, finished = [], False
        while not finished:
            answer = runner.work()
            assert answer.error is None
            reports.append([record.epoch for record in answer.records])
            finished = answer.finished
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


def test_messages_are_read_as_they_were_written(message):
    assert JobMessage.decode(message.encode()) == message
    records = (EpochRecord(1, {"val/noisy_accuracy": 0.1 + 0.2}, "s", True, trained=False),
               EpochRecord(2, {}, "t", True, "diverged"))
    progress = ProgressMessage(1.5, 2.5, records, {"error_rate": 0.4}, True, "ValueError: no")
    read = ProgressMessage.decode(progress.encode())
    assert read == progress
    assert [record.trained for record in read.records] == [False, True]


def test_time_that_a_worker_waits_is_not_the_trials(message, monkeypatch):
    clock = SetClock(monkeypatch)
    monkeypatch.setattr(worker, "records", lambda *_: iter([EpochRecord(1, {}, "s", True)]))
    runner = Worker(message, Stores(), DataCache())
    assert clock.spans(runner) == [(100.0, 100.0), (100.0, 107.0), (100.0, 107.0)]


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_makes_no_trial_longer_or_shorter(message, monkeypatch, jump):
    clock = SetClock(monkeypatch)
    monkeypatch.setattr(worker, "records", lambda *_: iter([EpochRecord(1, {}, "s", True)]))
    runner = Worker(message, Stores(), DataCache())
    clock.wall += jump
    assert clock.spans(runner) == [(100.0, 100.0), (100.0, 107.0), (100.0, 107.0)]


class SetClock:
    """Both clocks of this machine: seven seconds pass between two messages, and the one on the wall may be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = 100.0, 5.0
        monkeypatch.setattr(worker.time, "time", lambda: self.wall)
        monkeypatch.setattr(worker.time, "monotonic", lambda: self.steady)

    def spans(self, runner: Worker) -> list[tuple[float, float]]:
        """When the trial began and until when it has worked, as its next three messages say."""
        said = []
        for _ in range(3):
            said.append(runner.work())
            self.wall, self.steady = self.wall + 7, self.steady + 7
        return [(message.started, message.until) for message in said]


def broken(error: BaseException) -> Any:
    def records(*_: Any) -> Any:
        yield EpochRecord(1, {}, "s", True)
        raise error

    return records


def test_what_a_trial_does_wrong_is_an_answer_with_what_it_has_reached(message, monkeypatch):
    monkeypatch.setattr(worker, "records", broken(ValueError("no such layer")))
    runner = Worker(message, Stores(), DataCache())
    runner.work()
    said = runner.work()
    assert (said.error, said.finished, len(said.records)) == ("ValueError: no such layer", True, 1)


MACHINE = [OSError(28, "No space left on device"), MemoryError(), torch.OutOfMemoryError("CUDA out of memory"),
           RuntimeError("CUDA error: an illegal memory access was encountered"), ConnectionResetError(),
           RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")]
TRIALS = [ValueError("x"), RuntimeError("mat1 and mat2 shapes cannot be multiplied"), AssertionError(), KeyError("a"),
          RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory")]
"""The last is what torch says of a network that is too large for any machine: no other attempt would go better."""


@pytest.mark.parametrize("error", MACHINE, ids=repr)
def test_what_the_machine_does_is_none(message, monkeypatch, error):
    assert is_of_the_machine(error)
    monkeypatch.setattr(worker, "records", broken(error))
    runner = Worker(message, Stores(), DataCache())
    runner.work()
    with pytest.raises(type(error)):
        runner.work()


@pytest.mark.parametrize("error", TRIALS, ids=repr)
def test_what_a_trial_does_is_not_the_machines_doing(error):
    assert not is_of_the_machine(error)
