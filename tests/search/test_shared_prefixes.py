"""Who waits for whom, on paper."""

from dataclasses import dataclass, field

import pytest

from sat_sweep.search.shared_prefixes import SharedPrefixes, each_once, longest_first
from sat_sweep.training.record import EpochRecord


@dataclass
class Job:
    name: str
    spec: object
    history: list = field(default_factory=list)


@pytest.fixture
def job(trial):
    def make(method, epochs=10, **rest):
        return Job(f"{method}{rest}", trial(method, epochs=epochs, **rest))
    return make


def advance(families, job, epochs, acts_after=99):
    for epoch in range(len(job.history) + 1, len(job.history) + epochs + 1):
        job.history.append(EpochRecord(epoch, {"val/noisy_accuracy": 0.5}, str(epoch), epoch > acts_after))
        families.observe(job, job.history[-1])


def sat(job, start, method="sat", **rest):
    return job(method, **{"sat.start_epoch": start, "sat.momentum": 0.9}, **rest)


def test_divergence_is_the_last_common_epoch(job):
    families = SharedPrefixes()
    assert families.divergence(sat(job, 4)) == 4
    assert families.divergence(job("gce")) == 0
    assert families.divergence(job("ce")) == 10


def test_a_trial_waits_until_the_one_ahead_has_passed_its_branch_point(job):
    families, base, other = SharedPrefixes(), job("ce"), sat(job, 4)
    assert families.must_wait(other, [base])
    advance(families, base, 3)
    assert families.must_wait(other, [base])
    advance(families, base, 1)
    assert not families.must_wait(other, [base])


def test_nobody_waits_for_another_family_or_for_a_trial_that_leaves_at_once(job):
    families = SharedPrefixes()
    assert not families.must_wait(sat(job, 4), [job("ce", seed=1)])
    assert not families.must_wait(sat(job, 4), [job("gce")])


def test_a_trial_goes_on_where_an_earlier_one_left(job):
    families, first, second = SharedPrefixes(), sat(job, 2), sat(job, 6)
    assert families.must_wait(second, [first])
    advance(families, first, 3, acts_after=2)
    assert not families.must_wait(second, [first])


def test_the_same_settings_are_shared_beyond_the_first_action(job):
    families, plain, resetting = SharedPrefixes(), sat(job, 2), sat(job, 2, method="sat+reset", **{"reset.patience": 9})
    advance(families, plain, 3, acts_after=2)
    assert families.must_wait(resetting, [plain])
    assert not families.must_wait(sat(job, 2, method="sat", seed=1), [plain])


def test_resets_are_foreseen_once_the_run_is_known(job):
    families, base = SharedPrefixes(), job("ce")
    resetting = job("ce+reset", **{"reset.patience": 2, "reset.rate": 1.0})
    assert families.divergence(resetting) == 10
    advance(families, base, 5)          # never better than in epoch 1: armed after epoch 3
    assert families.divergence(resetting) == 3
    assert not families.must_wait(resetting, [base])


def test_followers_are_the_relatives_each_once(job):
    families, base = SharedPrefixes(), job("ce")
    others = [sat(job, 4), sat(job, 4), sat(job, 6), job("gce", seed=3)]
    followers = each_once(families.relatives(base, others))
    assert [parameters["sat.start_epoch"] for _, parameters in followers] == [4, 6]


def test_longest_first(job):
    families = SharedPrefixes()
    jobs = [sat(job, 2), sat(job, 7), sat(job, 5)]
    assert [j.spec.parameters["sat.start_epoch"] for j in longest_first(jobs, families)] == [7, 5, 2]


def test_a_family_is_forgotten_with_its_last_member_unless_more_may_come(job):
    families, first, second = SharedPrefixes(), job("ce"), sat(job, 4)
    advance(families, first, 3)
    families.divergence(second)
    families.forget(first, more_to_come=False)
    assert len(families.family(second).base) == 3
    families.forget(second)
    assert len(families.family(first).base) == 3
    families.forget(first, more_to_come=False)
    assert families.family(first).base == []
