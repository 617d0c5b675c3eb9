"""Trials that break down, are lost or are interrupted."""

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.home import Home
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.sweep.outcome import outcome_of
from sat_sweep.training.record import EpochRecord
from tests.search.simulate import records, space_file


@pytest.fixture
def queue(tmp_path):
    home = Home(str(tmp_path / "home"))
    storage = StudyStorage(home.database("studies.db"))
    yield JobQueue(plan(load_space(space_file(tmp_path))), storage, home.sweep("simulated"), NoSharing())
    storage.close()


def diverged(epoch):
    return EpochRecord(epoch, {"val/noisy_accuracy": 0.9}, "x", True, diverged="the training loss is not finite")


def result(queue, job):
    return queue.home.result(job.name)


def test_divergence_is_a_failure_with_the_worst_score(queue):
    job = queue.next_job()
    assert queue.report(job, [*records(job)[:2], diverged(3)])
    queue.finish(job)
    assert (result(queue, job).state, result(queue, job).value) == ("failed", 0.0)
    assert result(queue, job).reason == "epoch 3: the training loss is not finite"
    assert queue.progress[job.study].search.winner() is None


def test_a_study_without_a_usable_trial_is_over_and_not_confirmed(queue):
    job = queue.next_job()
    assert job.study == "ce/symmetric-0.0"
    queue.report(job, [diverged(1)])
    queue.finish(job)
    progress = queue.progress[job.study]
    assert progress.finished
    assert progress.confirm_total == 0


def test_an_error_before_the_first_epoch_is_a_failure(queue):
    job = queue.next_job()
    queue.finish(job, error="RuntimeError: out of memory")
    assert result(queue, job).state == "failed"
    assert result(queue, job).reason == "RuntimeError: out of memory"
    assert queue.progress[job.study].search.trials[0].state.name == "FAIL"


def test_epochs_reported_again_after_a_lost_worker_count_once(queue):
    job = queue.next_job()
    queue.report(job, records(job)[:5])
    queue.report(job, records(job)[:8])
    assert [record.epoch for record in job.history] == list(range(1, 9))


def test_what_is_given_back_is_issued_again_and_goes_on(queue):
    job = queue.next_job()
    queue.report(job, records(job)[:5])
    queue.give_back(job)
    assert not queue.progress[job.study].issued
    issued = []
    while (other := queue.next_job()) is not None:
        issued.append(other)
    assert issued.count(job) == 1
    queue.report(job, records(job))
    queue.finish(job)
    assert result(queue, job).state == "complete"


def test_what_comes_after_pruning_does_not_count(queue):
    pruned = []
    while not pruned:
        job = queue.next_job()
        if queue.report(job, records(job)) and job.pruned:
            pruned.append(job)
        queue.finish(job)
    (job,) = pruned
    assert len(job.history) < job.spec.training.epochs
    assert result(queue, job).state == "pruned"
    assert result(queue, job).history[-1]["epoch"] == len(job.history)


def test_a_trial_that_has_not_acted_yet_is_not_pruned(queue):
    def still_base(job):
        return [EpochRecord(r.epoch, {"val/noisy_accuracy": 0.0}, r.signature, acts=False) for r in records(job)]

    while (job := queue.next_job()) is not None and job.stage == "search":
        good = job.number < 3
        queue.report(job, records(job) if good else still_base(job))
        assert not job.pruned
        queue.finish(job)


def test_stopping_hands_out_nothing_more_and_leaves_the_rest_open(queue):
    job = queue.next_job()
    queue.stopping = True
    queue.give_back(job)
    assert queue.next_job() is None
    assert queue.over
    assert not queue.finished
    assert queue.home.result(job.name) is None


def test_what_is_set_aside_keeps_nobody_waiting_for_ever(queue):
    """The other studies go on; the one whose batch it belongs to cannot, and is left to a later run."""
    aside = queue.next_job()
    queue.set_aside(aside, "ended 6 times by the machine: no space left")
    ended = []
    while (job := queue.next_job()) is not None:
        queue.report(job, records(job))
        queue.finish(job)
        ended.append(job.study)
    assert queue.over
    assert not queue.finished
    assert result(queue, aside) is None
    assert aside.study not in ended
    assert set(ended) == set(queue.progress) - {aside.study}
    assert outcome_of(queue).status == 3
    assert outcome_of(queue).reasons == (f"{aside.name} was ended 6 times by the machine: no space left",)


def test_a_confirmation_that_failed_altogether_is_no_answer(queue):
    while (job := queue.next_job()) is not None:
        broken = job.stage == "confirm" and job.study == "ce/symmetric-0.0"
        queue.report(job, [] if broken else records(job))
        queue.finish(job, "RuntimeError: mat1 and mat2 shapes cannot be multiplied" if broken else None)
    assert queue.finished
    assert (outcome_of(queue).status, outcome_of(queue).reasons) == (1, (
        "ce/symmetric-0.0: 2 of 2 confirm trials failed "
        "(RuntimeError: mat1 and mat2 shapes cannot be multiplied)",))


def test_what_was_handed_out_is_queued_until_a_worker_starts_it(queue):
    job = queue.next_job()
    progress = queue.progress[job.study]
    assert progress.under_way("search") == (1, 0)
    job.started = 1.0
    assert progress.under_way("search") == (0, 1)
    queue.give_back(job)
    assert progress.under_way("search") == (0, 0)
    assert queue.next_job().started is None
