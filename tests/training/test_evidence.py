"""What a confirmed trial knows of the labels: by hand, through stores and interruptions, in every way a trial ends."""

import numpy as np
import pytest
import torch

from sat_sweep.home.files import open_folder
from sat_sweep.training import TrajectoryStore, TrialSpec
from sat_sweep.training.evidence import UNKNOWN, Evidence, EvidenceStore
from sat_sweep.training.loop import Trial, records
from sat_sweep.training.predictions import PredictionSums

TRIAL = {"dataset": {"name": "digits", "subset": 200}, "model": {"name": "mlp", "width": 16},
         "noise": {"kind": "symmetric", "rate": 0.3, "label": "symmetric-0.3"},
         "training": {"epochs": 4, "batch_size": 32}, "evaluate": "all"}


@pytest.fixture(autouse=True)
def every_state(monkeypatch):
    """A state is stored after each epoch but the last."""
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda *_, **__: True)


def trial(folder, method="ce", **changes):
    spec = TrialSpec.model_validate({**TRIAL, "method": method, **changes})
    return Trial(spec, evidence=EvidenceStore(open_folder(folder / "evidence")))


def trained(folder, store=None, *, stop_after=None, method="ce", **changes):
    """The trial, its history, and the evidence that it left."""
    made = trial(folder, method, **changes)
    history = []
    for record in records(made, store):
        history.append(record)
        if len(history) == stop_after:
            break
    return made, history, made.evidence.get(history[-1].signature)


def assert_same(one, other):
    for part in ("train", "held_out"):
        for name, value in vars(getattr(one, part)).items():
            np.testing.assert_array_equal(value, vars(getattr(other, part))[name], err_msg=f"{part}/{name}")


def test_sums_by_hand():
    """Two examples, one of them seen twice."""
    sums = PredictionSums(torch.tensor([0, 2]), 3)
    sums.add(torch.tensor([1, 0]), torch.tensor([[1.0, 0.0, 3.0], [0.0, 1.0, -1.0]]))
    sums.add(torch.tensor([1]), torch.tensor([[2.0, 0.0, 1.0]]))
    np.testing.assert_allclose(sums.sums["margin"], [0 - 1, (3 - 1) + (1 - 2)])
    np.testing.assert_allclose(sums.sums["as_given"], [0, 1])
    np.testing.assert_allclose(sums.sums["seen"], [1, 2])
    first, second = np.exp([1.0, 0.0, 3.0]), np.exp([2.0, 0.0, 1.0])
    np.testing.assert_allclose(sums.sums["probabilities"][1], first / first.sum() + second / second.sum(), rtol=1e-6)


def test_a_confirmation_leaves_evidence_of_every_example(tmp_path):
    made, history, evidence = trained(tmp_path)
    data, train, held_out = made.data, evidence.train, evidence.held_out
    assert sorted([*train.position, *held_out.position]) == list(range(len(made.dataset.labels)))
    np.testing.assert_array_equal(train.given, data.train.labels)
    np.testing.assert_array_equal(train.true, made.dataset.labels[train.position])
    np.testing.assert_array_equal(held_out.given, data.validation.labels)
    assert 0 < (train.given != train.true).mean() < 1
    np.testing.assert_allclose(train.probabilities.sum(axis=1), 1, atol=1e-5)
    accuracies = [record.metrics["train/noisy_accuracy"] for record in history]
    np.testing.assert_allclose(train.as_given.mean(), np.mean(accuracies), atol=1e-6)
    accuracies = [record.metrics["val/noisy_accuracy"] for record in history]
    np.testing.assert_allclose(held_out.as_given.mean(), np.mean(accuracies), atol=1e-6)


def test_the_margin_of_an_epoch_is_that_of_its_logits(tmp_path):
    """Logarithms of probabilities differ as logits do."""
    _, _, evidence = trained(tmp_path, training={"epochs": 1, "batch_size": 32})
    probabilities, given = evidence.held_out.probabilities, evidence.held_out.given
    own = probabilities[np.arange(len(given)), given]
    others = probabilities.copy()
    others[np.arange(len(given)), given] = 0
    np.testing.assert_allclose(evidence.held_out.margin, np.log(own / others.max(axis=1)), atol=1e-4)


def test_search_leaves_none(tmp_path):
    _, history, evidence = trained(tmp_path, evaluate="noisy")
    assert len(history) == 4
    assert evidence is None


def test_with_everything_trained_on_nothing_is_held_out(tmp_path):
    _, _, evidence = trained(tmp_path, train_on="trainval")
    assert evidence.held_out is None
    assert len(evidence.train.position) == 200


def test_true_labels_that_nobody_knows(tmp_path):
    _, _, evidence = trained(tmp_path, noise={"kind": "as_given", "label": "as given"})
    assert set(evidence.train.true) == {UNKNOWN}


@pytest.mark.parametrize("method", ["ce", "sat", "co_teaching", "ce+early_stopping"])
@pytest.mark.parametrize("stop_after", [1, 3])
def test_an_interruption_changes_nothing(tmp_path, method, stop_after):
    store = TrajectoryStore(open_folder(tmp_path / "trajectories"))
    parameters = {"parameters": {"sat.start_epoch": 1}} if method == "sat" else {}
    trained(tmp_path / "one", store, stop_after=stop_after, method=method, **parameters)
    _, _, resumed = trained(tmp_path / "two", store, method=method, **parameters)
    _, _, whole = trained(tmp_path / "three", method=method, **parameters)
    assert_same(resumed, whole)


def test_what_was_trained_elsewhere_is_trained_on_for_its_evidence(tmp_path):
    """All records are there, the evidence is not: it is made from the deepest state, and the same."""
    store = TrajectoryStore(open_folder(tmp_path / "trajectories"))
    _, first, whole = trained(tmp_path / "one", store)
    _, again, remade = trained(tmp_path / "two", store)
    assert [record.signature for record in again] == [record.signature for record in first]
    assert [record.trained for record in again] == [False] * 3 + [True]
    assert_same(remade, whole)
    _, third, _ = trained(tmp_path / "two", store)
    assert not any(record.trained for record in third)


def test_soft_targets_of_sat_are_kept(tmp_path):
    _, _, evidence = trained(tmp_path, method="sat", parameters={"sat.start_epoch": 1})
    targets = evidence.train.soft_targets
    assert targets.shape == evidence.train.probabilities.shape
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)
    assert len(trained(tmp_path, method="ce")[2].train.soft_targets) == 0


def test_a_state_without_sums_leaves_no_evidence(tmp_path):
    """States of an older version: better none than that of half a training."""
    store = TrajectoryStore(open_folder(tmp_path / "trajectories"))
    trained(tmp_path / "one", store, stop_after=2)
    root = trial(tmp_path).chain.root
    for signature in store.states(root):
        state = store.state(root, signature)
        kept = {name: value for name, value in state.tensors.items() if not name.startswith("predictions/")}
        assert len(kept) < len(state.tensors)
        store.add_state(root, type(state)(kept, state.history, state.best))
    made, history, evidence = trained(tmp_path / "two", store)
    assert len(history) == 4
    assert evidence is None
    assert made.store_problem is None


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:100], lambda b: b"junk" * 50,
                                    lambda b: b[:len(b) // 2] + b"\0" * 20 + b[len(b) // 2 + 20:]])
def test_a_damaged_file_counts_as_none(tmp_path, damage):
    _, _, evidence = trained(tmp_path)
    assert_same(Evidence.decode(evidence.encode()), evidence)
    assert Evidence.decode(damage(evidence.encode())) is None


def test_evidence_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "evidence").write_text("no folder")
    made = trial(tmp_path)
    assert len(list(records(made))) == 4
    assert "what was learned of the labels cannot be written" in made.store_problem
