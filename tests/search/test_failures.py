"""Trials that break down, are lost or are interrupted."""

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.home import Home
from sat_sweep.search.conductor import Conductor
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.training.record import EpochRecord
from tests.search.simulate import records, space_file


@pytest.fixture
def conductor(tmp_path):
    home = Home(str(tmp_path / "home"))
    ledger = StudyStorage(home.database("studies.db"))
    yield Conductor(plan(load_space(space_file(tmp_path))), ledger, home.sweep("simulated"))
    ledger.close()


def diverged(epoch):
    return EpochRecord(epoch, {"val/noisy_accuracy": 0.9}, "x", True, diverged="the training loss is not finite")


def result(conductor, job):
    return conductor.home.result(job.name)


def test_divergence_is_a_failure_with_the_worst_score(conductor):
    job = conductor.next_job()
    assert conductor.report(job, [*records(job)[:2], diverged(3)])
    conductor.finish(job)
    assert (result(conductor, job).state, result(conductor, job).value) == ("failed", 0.0)
    assert result(conductor, job).reason == "epoch 3: the training loss is not finite"
    assert conductor.progress[job.study].search.winner() is None


def test_a_study_without_a_usable_trial_is_over_and_not_confirmed(conductor):
    job = conductor.next_job()
    assert job.study == "ce/symmetric-0.0"
    conductor.report(job, [diverged(1)])
    conductor.finish(job)
    progress = conductor.progress[job.study]
    assert progress.finished
    assert progress.confirm_total == 0


def test_an_error_before_the_first_epoch_is_a_failure(conductor):
    job = conductor.next_job()
    conductor.finish(job, error="RuntimeError: out of memory")
    assert result(conductor, job).state == "failed"
    assert result(conductor, job).reason == "RuntimeError: out of memory"
    assert conductor.progress[job.study].search.trials[0].state.name == "FAIL"


def test_epochs_reported_again_after_a_lost_worker_count_once(conductor):
    job = conductor.next_job()
    conductor.report(job, records(job)[:5])
    conductor.report(job, records(job)[:8])
    assert [record.epoch for record in job.history] == list(range(1, 9))


def test_what_is_given_back_is_issued_again_and_goes_on(conductor):
    job = conductor.next_job()
    conductor.report(job, records(job)[:5])
    conductor.give_back(job)
    assert not conductor.progress[job.study].running
    issued = []
    while (other := conductor.next_job()) is not None:
        issued.append(other)
    assert issued.count(job) == 1
    conductor.report(job, records(job))
    conductor.finish(job)
    assert result(conductor, job).state == "complete"


def test_what_comes_after_pruning_does_not_count(conductor):
    pruned = []
    while not pruned:
        job = conductor.next_job()
        if conductor.report(job, records(job)) and job.pruned:
            pruned.append(job)
        conductor.finish(job)
    (job,) = pruned
    assert len(job.history) < job.spec.training.epochs
    assert result(conductor, job).state == "pruned"
    assert result(conductor, job).history[-1]["epoch"] == len(job.history)


def test_a_trial_that_has_not_acted_yet_is_not_pruned(conductor):
    def still_base(job):
        return [EpochRecord(r.epoch, {"val/noisy_accuracy": 0.0}, r.signature, acts=False) for r in records(job)]

    while (job := conductor.next_job()) is not None and job.stage == "search":
        good = job.number < 3
        conductor.report(job, records(job) if good else still_base(job))
        assert not job.pruned
        conductor.finish(job)


def test_stopping_hands_out_nothing_more_and_leaves_the_rest_open(conductor):
    job = conductor.next_job()
    conductor.stopping = True
    conductor.give_back(job)
    assert conductor.next_job() is None
    assert conductor.finished
    assert conductor.home.result(job.name) is None
