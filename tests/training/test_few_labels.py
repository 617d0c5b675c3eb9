"""An epoch with few labels: its order, its steps, what it measures, and what is kept of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sat_sweep.data.device import DevicePart
from sat_sweep.home.files import open_folder
from sat_sweep.seeds import derive
from sat_sweep.training import epochs
from sat_sweep.training.evidence import EvidenceStore
from sat_sweep.training.loop import Trial, records
from sat_sweep.training.lr_range import Rates, range_test
from sat_sweep.training.metrics import TrainingMetrics
from sat_sweep.training.predictions import PredictionSums
from sat_sweep.training.probe import STEPS, Probe
from sat_sweep.training.run import passes
from sat_sweep.training.step_cost import LastEpoch
from tests.conftest import numbers
from tests.methods.runs import run_of

FEW = {"name": "digits", "subset": 300, "labelled": 50}
METHODS = ("ce", "sat", "mean_teacher", "fixmatch", "mixmatch", "pseudo_label")


def test_passes_are_permutations_one_after_another():
    order = passes(5, 17, torch.Generator().manual_seed(0)).tolist()
    assert [sorted(order[start: start + 5]) for start in (0, 5, 10)] == [[0, 1, 2, 3, 4]] * 3
    assert len(set(order[15:])) == 2
    assert order[:5] != order[5:10]


def test_a_pass_over_everything_is_the_permutation_that_it_was():
    seed = derive(7, "order", 3)
    assert torch.equal(passes(240, 240, torch.Generator().manual_seed(seed)),
                       torch.randperm(240, generator=torch.Generator().manual_seed(seed)))


def test_every_method_takes_as_many_steps_in_the_same_order(trial):
    """240 examples in batches of 64: of 50 labelled ones each comes 4 or 5 times."""
    seen = {}
    for method in METHODS:
        run = run_of(trial(method, dataset=FEW, training={"batch_size": 64}))
        run.begin(2)
        run.method.begin_epoch(run)
        seen[method] = [batch.index for batch, _ in run.steps(2)]
    assert [len(index) for index in seen["ce"]] == [64, 64, 64, 48]
    assert sorted(set(torch.bincount(torch.cat(seen["ce"])).tolist())) == [4, 5]
    for method in METHODS:
        assert torch.equal(torch.cat(seen[method]), torch.cat(seen["ce"]))


def test_methods_learn_from_the_same_labels(trial):
    runs = [run_of(trial(method, dataset=FEW)) for method in METHODS]
    for run in runs:
        assert torch.equal(run.labels, runs[0].labels)
        assert torch.equal(run.inputs, runs[0].inputs)
        assert torch.equal(run.unlabelled.inputs, runs[0].unlabelled.inputs)
        assert len(run.unlabelled.inputs) == 190
        assert run.method.setting[:3] == (run.spec.training.epochs, 8, 50)


def test_rates_count_visits_by_hand():
    """Example 0 is seen twice and right once; 1, wrongly labelled, three times: memorised once, corrected once."""
    labels, true = torch.tensor([0, 1]), torch.tensor([0, 2])
    metrics = TrainingMetrics(DevicePart(torch.zeros(2, 1), labels, true, labels != true), 3)
    for index, predicted, loss in (([0, 1], [0, 1], 1.0), ([1, 0, 1], [2, 1, 0], 2.0)):
        logits = torch.nn.functional.one_hot(torch.tensor(predicted), 3).float()
        metrics.add(torch.tensor(index), logits, torch.tensor(loss))
    found = {name: value.item() for name, value in metrics.values().items()}
    assert found == pytest.approx({"train/loss": (2 * 1 + 3 * 2) / 5, "train/noisy_accuracy": 2 / 5,
                                   "train/memorized": 1 / 3, "train/corrected": 1 / 3})


def test_a_trial_with_all_labels_has_another_root_and_its_own_numbers(trial):
    every = {**FEW, "labelled": None}
    assert Trial(trial("ce", dataset=FEW)).chain.root != Trial(trial("ce", dataset=every)).chain.root
    assert Trial(trial("ce", dataset=every)).chain.root \
        == Trial(trial("ce", dataset={"name": "digits", "subset": 300})).chain.root
    assert numbers(epochs(trial("ce", dataset=FEW, epochs=1))) != numbers(epochs(trial("ce", dataset=every, epochs=1)))


def test_what_comes_several_times_is_summed_as_often():
    """Example 0 twice in one batch: probabilities (3/4, 1/4) and (1/2, 1/2)."""
    sums = PredictionSums(torch.tensor([0, 1]), 2)
    logits = torch.tensor([[np.log(3.0), 0.0], [0.0, 0.0], [0.0, 1.0]])
    sums.add(torch.tensor([0, 0, 1]), logits.float())
    np.testing.assert_allclose(sums.sums["seen"], [2, 1])
    np.testing.assert_allclose(sums.sums["probabilities"][0], [1.25, 0.75], rtol=1e-6)
    np.testing.assert_allclose(sums.sums["margin"], [np.log(3.0), 1], rtol=1e-6)


def test_evidence_is_of_the_labelled_and_counts_every_visit(trial, tmp_path):
    store = EvidenceStore(open_folder(tmp_path))
    setup = Trial(trial("fixmatch", dataset=FEW, epochs=2), evidence=store)
    *_, last = records(setup)
    evidence = store.get(last.signature)
    np.testing.assert_array_equal(evidence.train.position, setup.data.train.positions)
    assert len(evidence.train.position) == 50
    np.testing.assert_allclose(evidence.train.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert ((evidence.train.as_given >= 0) & (evidence.train.as_given <= 1)).all()


def test_a_probe_and_a_measured_step_are_as_short_as_ever(trial):
    probe = Probe(trial("fixmatch", epochs=3, dataset=FEW, training={"batch_size": 2}))
    probe.train(0.0)
    assert probe._run.data.examples_per_epoch == 2 * STEPS
    measured = LastEpoch(trial("fixmatch", epochs=2, dataset=FEW, training={"batch_size": 16}), steps=4)
    assert measured.steps == 4
    assert LastEpoch(trial("ce", epochs=2, dataset=FEW, training={"batch_size": 16})).steps == 15


def test_a_range_test_goes_through_all_of_its_epochs(trial):
    """Rates come to their end with the last step, of eight in each epoch."""
    curve = range_test(trial("fixmatch", dataset=FEW), Rates(1e-4, 1e-2), 2)
    assert len(curve.points) == 16
    assert curve.points[-1].rate == pytest.approx(Rates(1e-4, 1e-2).at(15 / 16))
