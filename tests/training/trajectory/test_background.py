"""To a distant store everything is written beside training, and nobody can tell from what is found there."""

from __future__ import annotations

from threading import Event

import pytest

from sat_sweep.home.files import open_folder
from sat_sweep.training import TrajectoryStore, epochs
from sat_sweep.training.loop import Trial, records
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.trajectory.background import Writes
from sat_sweep.training.trajectory.state import decode
from tests.conftest import audience, numbers
from tests.training.trajectory.test_store import keys, sat_from


class Gated:
    """A distant folder whose writes of states wait for a gate; `log` has what became visible, and when."""

    def __init__(self, folder, log):
        self._folder, self._log, self.gate = folder, log, Event()

    def __getattr__(self, name):
        return getattr(self._folder, name)

    def write(self, key, *content, **how):
        if key.endswith(".state"):
            assert self.gate.wait(60), "nobody opened"
        self._folder.write(key, *content, **how)
        if key.endswith(".state"):
            self._log.append("stored")


@pytest.fixture(autouse=True)
def _states_at_branch_points(monkeypatch):
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda self, seconds, base, branch: branch)


@pytest.fixture
def log():
    return []


@pytest.fixture
def gated(tmp_path, log, monkeypatch):
    """A store whose gate opens once epoch 5 is trained; `log` tells of epochs as well."""
    folder = Gated(open_folder(f"memory://{tmp_path.name}"), log)
    train = TrainingRun.train_epoch

    def noted(self, epoch):
        trained = train(self, epoch)
        log.append(epoch)
        if epoch == 5:
            folder.gate.set()
        return trained

    monkeypatch.setattr(TrainingRun, "train_epoch", noted)
    return folder


def test_training_goes_on_while_a_state_is_written_and_tells_of_it_once_it_is_there(trial, gated, log):
    told = []
    for record in epochs(trial("ce", epochs=8), TrajectoryStore(gated), audience(*sat_from(trial, 3, epochs=8))):
        told.append(record.epoch)
        log.append(("told", record.epoch))
    assert told == list(range(1, 9))
    assert log.index(5) < log.index("stored") < log.index(("told", 3)), "the state where sat leaves"
    assert log.index(("told", 1)) < log.index(2), "what needs no state is told at once"


def test_where_the_run_may_be_ended_its_state_is_waited_for(trial, gated, log):
    gated.gate.set()
    followed = audience(*sat_from(trial, 7, epochs=8), may_end={4})
    leading = epochs(trial("ce", epochs=8), TrajectoryStore(gated), followed)
    for record in leading:
        if record.epoch == 4:
            break
    assert log == [1, 2, 3, 4, "stored"]
    leading.close()


def test_a_run_that_is_ended_waits_for_its_writes(trial, gated, log):
    leading = epochs(trial("ce", epochs=8), TrajectoryStore(gated), audience(*sat_from(trial, 2, epochs=8)))
    gated.gate.set()
    assert [next(leading).epoch for _ in range(2)] == [1, 2]
    leading.close()
    assert log.count("stored") == 1
    follower, = sat_from(trial, 2, epochs=8)
    assert next(epochs(follower, TrajectoryStore(gated))).trained is False


def test_what_is_stored_is_the_state_as_it_was_whatever_was_trained_meanwhile(trial, gated, tmp_path):
    disk = open_folder(tmp_path / "disk")
    spec, followers = trial("sat", epochs=8, **{"sat.start_epoch": 6}), sat_from(trial, 3, 4, epochs=8)
    for folder in (gated, disk):
        list(epochs(spec, TrajectoryStore(folder), audience(*followers)))
    assert keys(gated, ".state") == keys(disk, ".state") != []
    for key in keys(disk, ".state"):
        late, at_once = decode(gated.read(key)), decode(disk.read(key))
        assert late.tensors.keys() == at_once.tensors.keys()
        for name, tensor in at_once.tensors.items():
            assert late.tensors[name].stride() == tensor.stride()
            assert late.tensors[name].equal(tensor), name


def test_no_more_states_are_pending_than_may_be(trial, gated, log, monkeypatch):
    """Every epoch is a branch point here: the third state waits for room, and the gate for it."""
    waits = []
    settle = Writes.settle

    def opening(self, until, patience):
        if patience is None and not gated.gate.is_set():
            waits.append(len([entry for entry in log if entry != "stored"]))
            gated.gate.set()
        return settle(self, until, patience)

    monkeypatch.setattr(Writes, "settle", opening)
    list(epochs(trial("ce", epochs=8), TrajectoryStore(gated), audience(*sat_from(trial, 2, 3, 4, 5, epochs=8))))
    assert waits == [4], "those after 2 and 3 were pending when that after 4 came"
    assert log.count("stored") == 4


def test_a_store_that_fails_behind_the_scenes_is_no_failure_of_the_trial(trial, gated):
    made = Trial(trial("ce", epochs=8))

    def refuse(key, *content, **how):
        raise PermissionError(13, "Permission denied")

    gated.write = refuse
    followed = audience(*sat_from(trial, 3, 4, epochs=8))
    assert numbers(records(made, TrajectoryStore(gated), followed)) == numbers(epochs(made.spec))
    assert made.store_problem == ("the trajectory store cannot be written, training goes on without it: "
                                  "[Errno 13] Permission denied")


def test_calls_are_made_in_order_and_none_after_one_that_failed():
    gate, made = Event(), []

    def fail():
        gate.wait(60)
        raise OSError("full")

    writes = Writes(beside=True)
    writes.add(lambda: made.append(1))
    writes.add(fail)
    writes.add(lambda: made.append(2))
    gate.set()
    with pytest.raises(OSError, match="full"):
        writes.close()
    assert made in ([1], [1, 2]), "2 may have begun before anybody looked"


def test_a_caller_that_is_too_fast_is_held_up():
    gate = Event()
    writes = Writes(beside=True, bound=2)
    made = []
    for number in range(2):
        writes.add(lambda number=number: (gate.wait(60), made.append(number)))
    gate.set()
    writes.add(lambda: made.append(2))
    assert made[:1] == [0], "the first was waited for"
    writes.close()
    assert made == [0, 1, 2]


def test_looking_for_states_takes_one_listing_however_many_epochs_are_known(trial, tmp_path, monkeypatch):
    folder = open_folder(f"memory://{tmp_path.name}")
    list(epochs(trial("ce", epochs=20), TrajectoryStore(folder)))
    asked = []
    for name in ("exists", "children", "read"):
        plain = getattr(type(folder), name)
        monkeypatch.setattr(type(folder), name, lambda self, *key, name=name, plain=plain: (
            asked.append(name), plain(self, *key))[1])
    next(epochs(*sat_from(trial, 15, epochs=20), TrajectoryStore(folder)))
    assert asked.count("children") == 1
    assert asked.count("exists") == 0
