"""What somebody else has put into a shared store, with a right checksum, changes no number and stops no trial."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from sat_sweep.home.checksum import sealed, unsealed
from sat_sweep.home.files import open_folder
from sat_sweep.training import TrajectoryStore, epochs
from sat_sweep.training.trajectory.state import MAGIC, State, decode, encode
from tests.conftest import audience, numbers

SAT = {"sat.start_epoch": 2, "training": {"optimizer": {"name": "adam", "lr": 0.01}}}


@pytest.fixture(autouse=True)
def _a_state_after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda *_, **__: True)


@pytest.fixture
def folder(tmp_path):
    return open_folder(tmp_path / "t")


@pytest.fixture(scope="module")
def undisturbed():
    """What trials come to without a store, by their spec."""
    known: dict[str, Any] = {}

    def of(spec):
        key = spec.model_dump_json()
        if key not in known:
            known[key] = numbers(epochs(spec))
        return known[key]

    return of


def begun(spec, folder, count: int = 4) -> None:
    """Train so many epochs, then be interrupted."""
    training = epochs(spec, TrajectoryStore(folder), audience())
    for _ in range(count):
        next(training)
    training.close()


def forge_states(folder, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]], last: int = 1) -> None:
    """Change the tensors of the deepest `last` states, and give them right checksums."""
    found = {entry.key: decode(folder.read(entry.key)) for entry in folder.entries() if entry.key.endswith(".state")}
    assert len(found) > last
    for key, state in sorted(found.items(), key=lambda item: len(item[1].history))[-last:]:
        folder.write(key, *encode(State(change(dict(state.tensors)), state.history, state.best)))


def forge_records(folder, change: Callable[[dict[str, Any]], object]) -> None:
    """Change every epoch's record, and give the files right checksums."""
    for entry in list(folder.entries()):
        if entry.key.endswith(".records"):
            records = unsealed(folder.read(entry.key))["records"]
            for record in records:
                change(record)
            folder.write(entry.key, sealed({"records": records}))


def renamed(old: str, new: str) -> Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]:
    return lambda tensors: {name.replace(old, new): value for name, value in tensors.items()}


def changed(ending: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[dict[str, torch.Tensor]], Any]:
    def of(tensors):
        assert any(name.endswith(ending) for name in tensors)
        return {name: change(value) if name.endswith(ending) else value for name, value in tensors.items()}

    return of


MISSHAPEN = {
    "a weight of another shape": changed("weight", lambda value: value[:1].clone()),
    "a weight of another type": changed("weight", lambda value: value.double()),
    "a weight of whole numbers": changed("bias", lambda value: value.long()),
    "a network of another name": renamed("model/", "model/x"),
    "a further network in parts": lambda tensors: {**tensors, "networks/other/model/x": torch.zeros(1)},
    "an optimiser of another shape": changed("exp_avg", lambda value: value[:1].clone()),
    "an optimiser that lacks half": lambda tensors: {k: v for k, v in tensors.items() if not k.endswith("exp_avg_sq")},
    "an optimiser of a parameter that there is not": renamed("optimizer/", "optimizer/x"),
    "a memory of another shape": changed("sat.targets", lambda value: value[:3].clone()),
    "a memory of too many classes": changed("sat.targets", lambda value: value.repeat(1, 2)),
    "no weights": lambda tensors: {name: value for name, value in tensors.items() if not name.startswith("model/")},
    "what nobody knows": lambda tensors: {**tensors, "evil": torch.zeros(1)},
    "sums of other examples": changed("train/margin", lambda value: value[:7].clone()),
}


@pytest.mark.parametrize("how", MISSHAPEN)
def test_a_state_that_is_not_the_runs_own_is_passed_over(trial, folder, undisturbed, how):
    spec = trial("sat", **SAT)
    begun(spec, folder)
    forge_states(folder, MISSHAPEN[how])
    again = list(epochs(spec, TrajectoryStore(folder)))
    assert numbers(again) == undisturbed(spec)
    assert any(not record.trained for record in again), "the state before it is used"


def test_if_every_state_is_such_the_trial_begins_anew(trial, folder, undisturbed):
    spec = trial("sat", **SAT)
    begun(spec, folder)
    forge_states(folder, MISSHAPEN["a memory of another shape"], last=2)
    assert numbers(epochs(spec, TrajectoryStore(folder))) == undisturbed(spec)


def test_a_trial_that_fails_by_itself_still_fails(trial, folder, monkeypatch):
    spec = trial("sat", **SAT)
    begun(spec, folder)

    def fails(self, epoch):
        raise RuntimeError("it cannot be trained")

    monkeypatch.setattr("sat_sweep.training.run.TrainingRun.train_epoch", fails)
    with pytest.raises(RuntimeError, match="cannot be trained"):
        list(epochs(spec, TrajectoryStore(folder)))


@pytest.mark.parametrize("change", [
    lambda record: record.update(epoch="7"), lambda record: record.update(epoch=record["epoch"] + 1),
    lambda record: record.update(epoch=True), lambda record: record.update(signature=7),
    lambda record: record.update(acts="yes"), lambda record: record.update(acts=not record["acts"]),
    lambda record: record.update(diverged=0), lambda record: record.update(metrics=[1]),
    lambda record: record.update(metrics="all of them"), lambda record: record["metrics"].clear(),
    lambda record: record["metrics"].update({"val/noisy_accuracy": "1.0"}),
    lambda record: record["metrics"].update({"val/noisy_accuracy": 1.5}),
    lambda record: record["metrics"].update({"val/noisy_accuracy": -0.1}),
    lambda record: record["metrics"].update({"val/noisy_accuracy": float("nan")}),
    lambda record: record["metrics"].update({"train/loss": float("inf")}),
    lambda record: record["metrics"].update({"train/loss": 10**400}),
    lambda record: record["metrics"].update({"epoch_seconds": -1.0}),
    lambda record: record["metrics"].update({"epoch_seconds": None}),
    lambda record: record.update(more=1), lambda record: record.pop("acts"),
], ids=range(20))
def test_a_record_that_no_epoch_can_have_is_passed_over(trial, folder, undisturbed, change):
    spec = trial("sat", **SAT)
    begun(spec, folder)
    forge_records(folder, change)
    assert numbers(epochs(spec, TrajectoryStore(folder))) == undisturbed(spec)


@pytest.mark.parametrize("content", [
    b"[]", b'"records"', b"{}", b"[" * 100_000, sealed({"records": 5}), sealed({"records": [5]}),
    sealed({"records": {"epoch": 1}}), b'{"checksum": 1, "format": "x"}',
    sealed({"records": []}).replace(b'"format": 1', b'"format": 9'),
], ids=range(9))
def test_whatever_lies_in_place_of_records_is_passed_over(trial, folder, undisturbed, content):
    spec = trial("sat", **SAT)
    begun(spec, folder, 2)
    for entry in list(folder.entries()):
        folder.write(entry.key, content)
    assert numbers(epochs(spec, TrajectoryStore(folder))) == undisturbed(spec)


def test_a_pipe_and_a_folder_in_place_of_files_stop_nobody(trial, folder, undisturbed):
    import os

    spec = trial("sat", **SAT)
    begun(spec, folder)
    states = sorted(entry.key for entry in folder.entries() if entry.key.endswith(".state"))
    for number, key in enumerate(states):
        (folder.path / key).unlink()
        (os.mkfifo if number % 2 else os.mkdir)(folder.path / key)
    assert numbers(epochs(spec, TrajectoryStore(folder))) == undisturbed(spec)


@pytest.mark.parametrize(("shape", "stride"), [
    ([10**12], [0]), ([4], [0]), ([2, 2], [1, 1]), ([-1], [1]), ([-2, -2], [2, 1]), ([0, 10**30], [1, 1]), ([4], [-1]),
    ([4], ["1"]), (["4"], [1]), ([4.0], [1]), (4, 1), ([4], [1, 1]), ([True] * 4, [1] * 4), ([2**63], [1]),
])
def test_sizes_that_are_not_in_the_file_are_no_state(shape, stride):
    history = [{"epoch": 1, "metrics": {"train/loss": 0.5}, "signature": "abc", "acts": False, "diverged": None}]
    for kind in ("float32", "quint8", "complex64", "load", 7, None):
        head = json.dumps({"history": history, "best": "abc", "tensors": [["weight", kind, shape, stride]]}).encode()
        body = len(head).to_bytes(8, "little") + head + bytes(64 - (len(head) + 58) % 64) + bytes(64)
        found = decode(bytearray(MAGIC + _sha256(body) + body))
        assert found is None or all(value.numel() <= 4 for value in found.tensors.values()), kind


def test_best_weights_are_those_of_a_state_in_the_history(trial, folder):
    begun(trial("ce"), folder)
    for entry in list(folder.entries()):
        if entry.key.endswith(".state"):
            state = decode(folder.read(entry.key))
            for elsewhere in ("../../secret", "f" * 64, 7):
                assert decode(bytearray().join(encode(State(state.tensors, state.history, elsewhere)))) is None


def _sha256(content: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(content).digest()
