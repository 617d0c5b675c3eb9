"""Who waits for whom, on paper."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from sat_sweep.data import DataCache
from sat_sweep.search.sharing import NoSharing, SharedPrefixes
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


def advance(sharing, job, epochs, acts_after=99):
    for epoch in range(len(job.history) + 1, len(job.history) + epochs + 1):
        job.history.append(EpochRecord(epoch, {"val/noisy_accuracy": 0.5}, str(epoch), epoch > acts_after))
        sharing.observe(job, job.history[-1])


def sat(job, start, method="sat", **rest):
    return job(method, **{"sat.start_epoch": start, "sat.momentum": 0.9}, **rest)


def test_divergence_is_the_last_common_epoch(job):
    sharing = SharedPrefixes(DataCache())
    assert sharing.divergence(sat(job, 4)) == 4
    assert sharing.divergence(job("gce")) == 0
    assert sharing.divergence(job("ce")) == 10


def test_a_trial_waits_until_the_first_one_has_passed_its_branch_point(job):
    sharing, base, other = SharedPrefixes(DataCache()), job("ce"), sat(job, 4)
    assert sharing.must_wait(other, [base])
    advance(sharing, base, 3)
    assert sharing.must_wait(other, [base])
    advance(sharing, base, 1)
    assert not sharing.must_wait(other, [base])


def test_nobody_waits_for_another_prefix_or_for_a_trial_that_leaves_at_once(job):
    sharing = SharedPrefixes(DataCache())
    assert not sharing.must_wait(sat(job, 4), [job("ce", seed=1)])
    assert not sharing.must_wait(sat(job, 4), [job("gce")])


def test_a_trial_goes_on_where_an_earlier_one_left(job):
    sharing, first, second = SharedPrefixes(DataCache()), sat(job, 2), sat(job, 6)
    assert sharing.must_wait(second, [first])
    advance(sharing, first, 3, acts_after=2)
    assert not sharing.must_wait(second, [first])


def test_the_same_settings_are_shared_beyond_the_first_action(job):
    sharing, plain = SharedPrefixes(DataCache()), sat(job, 2)
    resetting = sat(job, 2, method="sat+reset", **{"reset.patience": 9})
    advance(sharing, plain, 3, acts_after=2)
    assert sharing.must_wait(resetting, [plain])
    assert not sharing.must_wait(sat(job, 2, method="sat", seed=1), [plain])


def test_who_waits_for_another_that_waits_cannot_run_beside_it(job):
    """Of three that share a prefix one may begin, beside the two that share none."""
    sharing = SharedPrefixes(DataCache())
    waiting = [sat(job, 4), sat(job, 6), job("ce"), job("gce"), job("ce", seed=1)]
    assert sharing.side_by_side(waiting, [], 9) == 3
    assert sharing.side_by_side(waiting, [], 2) == 2
    assert sharing.side_by_side(waiting, [job("ce", seed=2)], 9) == 3
    assert sharing.side_by_side(waiting[:3], [job("ce")], 9) == 0
    assert NoSharing().side_by_side(waiting, [], 9) == 5
    assert NoSharing().side_by_side(waiting, [], 2) == 2


def test_resets_are_foreseen_once_the_run_is_known(job):
    sharing, base = SharedPrefixes(DataCache()), job("ce")
    resetting = job("ce+reset", **{"reset.patience": 2, "reset.rate": 1.0})
    assert sharing.divergence(resetting) == 10
    advance(sharing, base, 5)          # never better than in epoch 1: armed after epoch 3
    assert sharing.divergence(resetting) == 3
    assert not sharing.must_wait(resetting, [base])


def test_followers_are_the_siblings_each_once(job):
    sharing, base = SharedPrefixes(DataCache()), job("ce")
    coming = [sat(job, 4), sat(job, 4), sat(job, 6), job("gce", seed=3)]
    base.stage, base.study = "search", "ce/x"
    space = SimpleNamespace(storage=SimpleNamespace(limit_gb=8.0), confirm=SimpleNamespace(seeds=5))
    study = SimpleNamespace(key="ce/x", space=space, trials=4, one_root=True)
    search = SimpleNamespace(total=4, trials=[1, 2], foreseen=lambda: {2: {}})
    progress = SimpleNamespace(study=study, search=search, draw=lambda: None, to_search=coming[:2],
                               foreseen=lambda: coming[2:], to_confirm=[])
    audience = sharing.audience(base, [progress], conditions=2)
    assert [parameters["sat.start_epoch"] for _, parameters in audience.followers] == [4, 6]
    assert audience.unknown == 1, "of four trials one is neither drawn nor foreseen"
    assert audience.byte_budget == 2e9, "a half of 8 GB, for two conditions"


def test_longest_first(job):
    sharing = SharedPrefixes(DataCache())
    jobs = [sat(job, 2), sat(job, 7), sat(job, 5)]
    assert [j.spec.parameters["sat.start_epoch"] for j in sharing.longest_first(jobs)] == [7, 5, 2]


def test_a_prefix_is_forgotten_with_the_last_that_begins_with_it_unless_more_may_come(job):
    sharing, first, second = SharedPrefixes(DataCache()), job("ce"), sat(job, 4)
    advance(sharing, first, 3)
    sharing.divergence(second)
    sharing.forget(first, more_to_come=False)
    assert len(sharing.prefix(second)) == 3
    sharing.forget(second, more_to_come=True)
    assert len(sharing.prefix(first)) == 3
    sharing.forget(first, more_to_come=False)
    assert sharing.prefix(first) == []
