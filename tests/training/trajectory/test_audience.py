"""Who is still in the same state as a run, and when somebody leaves."""

from sat_sweep.training import EpochRecord
from sat_sweep.training.loop import Trial
from sat_sweep.training.trajectory.audience import Audience


def history(epochs):
    return [EpochRecord(epoch, {}, str(epoch), acts=False) for epoch in range(1, epochs + 1)]


def sat(trial, start, momentum=0.9):
    return Trial(trial("sat", epochs=8, **{"sat.start_epoch": start, "sat.momentum": momentum})).method


def partings(method, others, since=0, until=8):
    company = Audience(method, others, history(since))
    return [epoch for epoch in range(since + 1, until) if company.parts_after(history(epoch))]


def test_others_leave_where_they_begin_to_act(trial):
    plain = Trial(trial("ce", epochs=8)).method
    assert partings(plain, [sat(trial, 2), sat(trial, 5)]) == [2, 5]
    assert partings(plain, []) == []


def test_a_run_leaves_the_plain_one_where_it_begins_to_act_itself(trial):
    assert partings(sat(trial, 3), []) == [3]


def test_who_has_left_before_does_not_leave_again(trial):
    method = sat(trial, 3)
    assert partings(method, [sat(trial, 3, momentum=0.6), sat(trial, 5)], since=3) == []
    assert partings(method, [sat(trial, 3), sat(trial, 5)], since=2) == [3]


def test_who_acts_from_the_start_was_never_together(trial):
    gce = Trial(trial("gce", epochs=8)).method
    assert partings(gce, [sat(trial, 3)]) == []
