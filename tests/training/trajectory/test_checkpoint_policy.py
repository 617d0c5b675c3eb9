"""Where states are stored, with times given by hand."""

from sat_sweep.training.trajectory.checkpoint_policy import BOUND, CheckpointPolicy


def wanted(policy, seconds=1.0, base=True, branch=False):
    return policy.wanted(seconds, base=base, branch=branch)


def test_branch_points_are_stored():
    policy = CheckpointPolicy(write_seconds=0.1)
    assert not wanted(policy)
    assert wanted(policy, branch=True)
    policy.wrote(0.1)
    assert wanted(policy, branch=True)


def test_a_branch_point_is_not_worth_more_than_it_spares():
    assert not wanted(CheckpointPolicy(write_seconds=2.0), branch=True)


def test_elsewhere_writing_is_held_to_its_share():
    policy = CheckpointPolicy(write_seconds=0.1)
    assert [wanted(policy) for _ in range(5)] == [False] * 4 + [True]


def test_past_the_divergence_only_the_bound_on_losses_counts():
    policy = CheckpointPolicy(write_seconds=0.001)
    times = [wanted(policy, base=False) for _ in range(31)]
    assert times.index(True) + 1 == BOUND


def test_a_run_that_many_will_join_is_stored_more_often():
    stored = [wanted(CheckpointPolicy(trials, write_seconds=0.1)) for trials in (1, 4, 5, 48)]
    assert stored == [False, False, True, True]
    assert not wanted(CheckpointPolicy(1000, write_seconds=2.0)), "but never more often than a state is worth"


def test_past_the_divergence_nobody_joins():
    assert not wanted(CheckpointPolicy(48, write_seconds=0.1), base=False)


def test_once_its_room_is_used_up_a_run_is_stored_as_if_nobody_joined():
    policy = CheckpointPolicy(48, byte_budget=1000, write_seconds=0.1)
    seen = []
    for _ in range(9):
        seen.append(wanted(policy))
        if seen[-1]:
            policy.wrote(0.1, 600)
    assert seen == [True, True, False, False, False, False, True, False, False]
