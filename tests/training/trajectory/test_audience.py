"""Who is still in the same state as a run, and when somebody leaves."""

import json

from sat_sweep.training import EpochRecord
from sat_sweep.training.loop import Trial
from sat_sweep.training.trajectory.audience import Audience, Branching, Follower


def history(epochs):
    return [EpochRecord(epoch, {}, str(epoch), acts=False) for epoch in range(1, epochs + 1)]


def sat(trial, start, momentum=0.9):
    return Trial(trial("sat", epochs=8, **{"sat.start_epoch": start, "sat.momentum": momentum})).method


def branches(method, others, since=0, until=8):
    branching = Branching(method, others, history(since))
    return [epoch for epoch in range(since + 1, until) if branching.branches_after(history(epoch))]


def test_others_leave_where_they_begin_to_act(trial):
    plain = Trial(trial("ce", epochs=8)).method
    assert branches(plain, [sat(trial, 2), sat(trial, 5)]) == [2, 5]
    assert branches(plain, []) == []


def test_a_run_leaves_the_plain_one_where_it_begins_to_act_itself(trial):
    assert branches(sat(trial, 3), []) == [3]


def test_who_has_left_before_does_not_leave_again(trial):
    method = sat(trial, 3)
    assert branches(method, [sat(trial, 3, momentum=0.6), sat(trial, 5)], since=3) == []
    assert branches(method, [sat(trial, 3), sat(trial, 5)], since=2) == [3]


def test_who_acts_from_the_start_was_never_together(trial):
    gce = Trial(trial("gce", epochs=8)).method
    assert branches(gce, [sat(trial, 3)]) == []


def test_an_audience_comes_back_from_its_journey():
    some = Audience((Follower("sat", {"sat.momentum": 0.5}),), 3, 1e9, frozenset({4, 13}))
    assert Audience.from_json(json.loads(json.dumps(some.to_json()))) == some
    assert Audience.from_json(json.loads(json.dumps(Audience().to_json()))) == Audience()
