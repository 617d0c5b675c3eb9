"""The weights at the end of a trial, which no store has."""

from __future__ import annotations

import pytest
import torch

from sat_sweep.home.files import LocalFolder
from sat_sweep.training import TrajectoryStore
from sat_sweep.training.loop import Trial, final_run, records
from sat_sweep.training.network import capture
from tests.conftest import audience

METHODS = ["ce", "sat", "co_teaching", "ce+weight_ema"]


@pytest.fixture
def store(tmp_path):
    return TrajectoryStore(LocalFolder(tmp_path))


def trained_with_states(spec, store):
    """All records of the trial are known, and the states after epochs 2 and 4."""
    return list(records(Trial(spec), store, audience(may_end=(2, 4))))


@pytest.mark.parametrize("method", METHODS)
def test_it_is_to_the_bit_that_of_a_trial_without_a_store(trial, store, method):
    spec = trial(method)
    known = trained_with_states(spec, store)
    run, fresh = final_run(Trial(spec), store), final_run(Trial(spec))
    assert [r.signature for r in run.history] == [r.signature for r in known] == [r.signature for r in fresh.history]
    ours, theirs = capture(run.networks), capture(fresh.networks)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert all(torch.equal(run.best[name], fresh.best[name]) for name in fresh.best)


def test_only_what_comes_after_the_deepest_state_is_trained(trial, store):
    trained_with_states(trial(), store)
    assert [record.epoch for record in final_run(Trial(trial()), store).history if record.trained] == [5, 6]


def test_what_it_trains_can_be_gone_on_from(trial, store):
    """As any training: states are left behind, records are those that were known."""
    spec = trial()
    final_run(Trial(spec), store)
    assert [record.epoch for record in records(Trial(spec), store) if record.trained] == []


def test_one_that_breaks_down_says_so(trial, store):
    spec = trial(training={"optimizer": {"name": "sgd", "lr": 1e30}})
    assert final_run(Trial(spec), store).history[-1].diverged is not None
