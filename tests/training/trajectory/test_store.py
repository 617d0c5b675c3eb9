"""The trajectory store trusts nothing and shares what is the same."""


import pytest
import torch

from sat_sweep.home.files import open_folder
from sat_sweep.training import TrajectoryStore, epochs
from sat_sweep.training.loop import Trial, records
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory.state import State, decode, encode
from sat_sweep.training.trajectory.store import known_records, stored_states
from tests.conftest import audience, numbers


@pytest.fixture(params=["disk", "object store"])
def folder(request, tmp_path):
    return open_folder(tmp_path / "t" if request.param == "disk" else f"memory://{tmp_path.name}")


@pytest.fixture(autouse=True)
def _states_at_branch_points(monkeypatch):
    """What a write costs here and now must not decide what these tests see."""
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda self, seconds, base, branch: branch)


@pytest.fixture
def store(folder):
    return TrajectoryStore(folder)


def sat_from(trial, *starts, **rest):
    return [trial("sat", **{"sat.start_epoch": start}, **rest) for start in starts]


def keys(folder, ending):
    return sorted(entry.key for entry in folder.entries() if entry.key.endswith(ending))


def test_a_trial_leaves_a_record_for_every_epoch(trial, store, folder):
    list(epochs(trial("ce", epochs=5), store))
    assert len(keys(folder, ".records")) == 1
    chain = Trial(trial("ce", epochs=5)).chain
    assert [record.epoch for record in known_records(store, chain)] == [1, 2, 3, 4, 5]


def test_where_a_method_begins_a_new_segment_of_records_begins(trial, store, folder):
    list(epochs(*sat_from(trial, 3), store))
    list(epochs(trial("ce"), store))
    assert len(keys(folder, ".records")) == 3      # what both have, then each its own
    for spec in (trial("ce"), *sat_from(trial, 3)):
        assert [record.epoch for record in known_records(store, Trial(spec).chain)] == [1, 2, 3, 4, 5, 6]


def test_a_record_with_a_flipped_digit_is_trained_again(trial, store, folder):
    expected = [record.metrics["train/loss"] for record in epochs(trial("ce", epochs=5))]
    list(epochs(trial("ce", epochs=5), store))
    (key,) = keys(folder, ".records")
    content = bytes(folder.read(key))
    place = content.index(b'"val/noisy_accuracy": 0.') + len(b'"val/noisy_accuracy": 0.')
    folder.write(key, content[:place], b"5" if content[place:place + 1] != b"5" else b"4", content[place + 1:])
    again = list(epochs(trial("ce", epochs=5), store))
    assert [record.metrics["train/loss"] for record in again] == expected
    assert any(record.trained for record in again)


def test_a_longer_segment_is_not_replaced_by_a_shorter_one(trial, store, folder):
    list(epochs(trial("ce"), store))
    for key in keys(folder, ".state"):
        folder.delete(key)
    list(epochs(*sat_from(trial, 2), store))
    assert len(list(known_records(store, Trial(trial("ce")).chain))) == 6


def test_nor_by_one_that_was_begun_before_it_was_there(trial, store):
    """Two processes train the same for a moment: the slower one must not hide what the faster one has stored."""
    slow, fast = epochs(trial("ce"), store), epochs(trial("ce"), store)
    next(slow)
    list(fast)
    next(slow)
    slow.close()
    assert len(list(known_records(store, Trial(trial("ce")).chain))) == 6


def test_an_interrupted_trial_leaves_its_records(trial, store):
    interrupted = epochs(trial("ce"), store)
    next(interrupted)
    next(interrupted)
    interrupted.close()
    assert len(list(known_records(store, Trial(trial("ce")).chain))) == 2


def test_a_state_is_found_again_though_its_process_died_right_after_it_was_stored(trial, store, folder, monkeypatch):
    write, dead = type(folder).write, False

    def write_and_die(self, key, *content, **how):
        nonlocal dead
        if not dead:
            write(self, key, *content, **how)
        dead = dead or key.endswith(".state")

    spec = trial("ce", epochs=6)
    with monkeypatch.context() as killed:
        killed.setattr(type(folder), "write", write_and_die)
        list(epochs(spec, store, audience(*sat_from(trial, 4, epochs=6))))
    assert [record.trained for record in epochs(spec, store)] == [False] * 4 + [True] * 2


def test_a_state_is_found_though_a_run_that_was_behind_wrote_its_records_last(trial, store):
    """Between looking and writing of the one, the other has written more."""
    spec = trial("ce", epochs=6)
    list(epochs(spec, store, audience(*sat_from(trial, 4, epochs=6))))
    chain = Trial(spec).chain
    store.add_segment(chain.root, list(known_records(store, chain))[:2])
    assert [record.trained for record in epochs(spec, store)] == [False] * 4 + [True] * 2


def test_a_second_trial_starts_where_the_first_one_branched(trial, store):
    list(epochs(trial("ce"), store, audience(*sat_from(trial, 3))))
    sat = list(epochs(trial("sat", **{"sat.start_epoch": 4}), store))
    assert [record.trained for record in sat] == [False] * 3 + [True] * 3


def test_a_follower_that_acts_on_the_history_is_found_where_it_leaves(trial, store):
    spec = trial("ce+reset", epochs=12, training={"optimizer": {"name": "sgd", "lr": 0.3}},
                 **{"reset.patience": 1, "reset.rate": 0.2})
    plain = spec.model_copy(update={"method": "ce", "parameters": {}})
    list(epochs(plain, store, audience(spec)))
    shared = list(epochs(spec, store))
    assert [r.trained for r in shared] == [r.acts for r in shared]
    assert {r.trained for r in shared} == {True, False}


def test_where_a_trial_may_be_stopped_those_who_follow_find_its_state(trial, store):
    """A trial that is pruned before it leaves the others behind has trained their beginning as well."""
    first, second = sat_from(trial, 5, 5, epochs=8)
    leading = epochs(first, store, audience(second, may_end={3, 7}))
    for _ in range(3):
        next(leading)
    leading.close()
    assert [record.trained for record in epochs(second, store)] == [False] * 3 + [True] * 5


def test_nobody_is_left_where_nobody_follows(trial, store, folder):
    followed, = sat_from(trial, 2, epochs=6)
    list(epochs(followed, store, audience(may_end={4})))
    assert len(keys(folder, ".state")) == 1, "where it leaves plain training"


def test_the_divergence_of_a_trial_is_stored(trial, store):
    list(epochs(trial("sat", **{"sat.start_epoch": 3}), store))
    other = list(epochs(trial("sat", **{"sat.start_epoch": 3, "sat.momentum": 0.5}), store))
    assert [record.trained for record in other] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("what", ["torn", "foreign", "of another trial"])
def test_damaged_states_are_passed_over(trial, store, folder, what):
    list(epochs(trial("ce"), store, audience(*sat_from(trial, 2, 4))))
    first, second = keys(folder, ".state")
    content = {"torn": folder.read(first)[:-100], "foreign": b"hello", "of another trial": None}[what]
    for key in (first, second):
        folder.write(key, content or folder.read(second if key == first else first))
    spec = trial("sat", **{"sat.start_epoch": 5})
    assert numbers(epochs(spec, store)) == numbers(epochs(spec))


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_whoever_finds_a_damaged_state_writes_it_again(trial, store, folder, content):
    """Else nobody ever would, since a state that is there is left alone."""
    list(epochs(trial("ce"), store, audience(*sat_from(trial, 2, 4))))
    sound = {key: folder.read(key) for key in keys(folder, ".state")}
    for key in sound:
        folder.write(key, content)
    list(epochs(sat_from(trial, 5)[0], TrajectoryStore(folder), audience(*sat_from(trial, 2, 4))))
    assert {key: decode(folder.read(key)) is not None for key in sound} == dict.fromkeys(sound, True)


def test_damaged_records_are_passed_over(trial, store, folder):
    list(epochs(trial("ce"), store))
    for key in keys(folder, ".records"):
        folder.write(key, b"{")
    assert numbers(epochs(trial("ce"), store)) == numbers(epochs(trial("ce")))


@pytest.mark.parametrize("change", [
    {"seed": 1}, {"rate": 0.2}, {"evaluate": "noisy"}, {"train_on": "trainval"}, {"threads": 2},
    {"model": {"name": "mlp", "width": 16}}, {"training": {"batch_size": 16}},
    {"training": {"optimizer": {"name": "sgd", "lr": 0.05}}}, {"dataset": {"name": "digits", "subset": 299}},
    {"dataset": {"name": "digits", "subset": 300, "validation_fraction": 0.3}},
])
def test_what_differs_is_another_run(trial, change):
    assert Trial(trial("ce", **change)).chain.root != Trial(trial("ce")).chain.root


def test_the_number_of_epochs_matters_only_through_the_learning_rate(trial, store):
    constant = {"schedule": {"name": "constant"}}
    followers = sat_from(trial, 3, epochs=4, training=constant)
    list(epochs(trial("ce", epochs=4, training=constant), store, audience(*followers)))
    longer = list(epochs(trial("ce", epochs=6, training=constant), store))
    assert [record.trained for record in longer] == [False] * 3 + [True] * 3
    assert all(record.trained for record in epochs(trial("ce", epochs=6), store))


def test_a_state_whose_history_does_not_lead_to_it_is_not_used(trial, store):
    spec = trial("ce")
    list(epochs(spec, store, audience(*sat_from(trial, 3))))
    chain = Trial(spec).chain
    known = list(known_records(store, chain))
    state = next(stored_states(store, chain, known))
    forged = State(state.tensors, (*state.history[:1], *state.history[2:]), state.best)
    store.add_state(chain.root, forged)
    assert list(stored_states(store, chain, known[: len(state.history)])) == []


def judged(accuracies, tensors):
    """A state after as many epochs as there are accuracies."""
    history = tuple(EpochRecord(epoch, {"val/noisy_accuracy": accuracy}, f"after-{epoch}", False)
                    for epoch, accuracy in enumerate(accuracies, start=1))
    return State(tensors, history, f"after-{accuracies.index(max(accuracies)) + 1}")


def weights(seed):
    generator = torch.Generator().manual_seed(seed)
    return {"model/w": torch.randn(5000, generator=generator), "optimizer/w/momentum_buffer": torch.ones(5000)}


@pytest.fixture
def best_and_later(store):
    """Two stored states of a run whose first epoch was the best."""
    best = judged([0.9], {**weights(1), **{f"best/{name}": tensor for name, tensor in weights(1).items()}})
    later = judged([0.9, 0.5], {**weights(2), **{f"best/{name}": tensor for name, tensor in weights(1).items()}})
    return later, store.add_state("root", best), store.add_state("root", later)


def test_best_weights_that_another_state_has_are_not_stored_again(store, best_and_later):
    later, _, written = best_and_later
    alone = len(b"".join(encode(later)))
    assert written.size < 0.6 * alone
    back = store.state("root", later.signature)
    assert back.tensors.keys() == later.tensors.keys()
    assert all(torch.equal(back.tensors[name], tensor) for name, tensor in later.tensors.items())


def test_without_them_the_state_is_none(store, best_and_later):
    later, *_ = best_and_later
    store.folder.write("root/after-1.state", b"damaged")
    assert store.state("root", later.signature) is None


def test_where_no_other_state_has_them_they_are_stored(store):
    later = judged([0.9, 0.5], {**weights(2), "best/model/w": weights(1)["model/w"]})
    store.add_state("root", later)
    assert store.state("root", later.signature).tensors.keys() == later.tensors.keys()


class FullDisk:
    """A folder that takes so many files and then no more."""

    def __init__(self, folder, room):
        self._folder, self.room = folder, room

    def __getattr__(self, name):
        return getattr(self._folder, name)

    def write(self, key, *content):
        if self.room == 0:
            raise OSError(28, "No space left on device")
        self.room -= 1
        self._folder.write(key, *content)


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_a_store_that_cannot_be_written_is_no_failure_of_the_trial(trial, folder, room):
    made = Trial(trial("sat+reset", epochs=8, **{"sat.start_epoch": 3, "reset.patience": 1, "reset.rate": 0.1}))
    store = TrajectoryStore(FullDisk(folder, room))
    trained = list(records(made, store))
    assert numbers(trained) == numbers(epochs(made.spec))
    assert "No space left on device" in made.store_problem
    assert numbers(epochs(made.spec, TrajectoryStore(folder))) == numbers(trained), "whatever was left there"


def test_nor_is_one_that_cannot_be_read(trial, folder, monkeypatch):
    def refuse(key):
        raise PermissionError(13, "Permission denied")

    made = Trial(trial("ce"))
    monkeypatch.setattr(folder, "read", refuse)
    assert numbers(records(made, TrajectoryStore(folder))) == numbers(epochs(made.spec))
    assert "cannot be read" in made.store_problem


def test_a_store_that_can_be_written_is_no_problem(trial, store):
    made = Trial(trial("ce"))
    list(records(made, store))
    assert made.store_problem is None
