"""Where states are stored, with times given by hand."""

from sat_sweep.training.placement import BOUND, Placement


def wanted(placement, seconds=1.0, base=True, branch=False):
    return placement.wanted(seconds, base=base, branch=branch)


def test_branch_points_are_stored():
    placement = Placement(write_seconds=0.1)
    assert not wanted(placement)
    assert wanted(placement, branch=True)
    placement.wrote(0.1)
    assert wanted(placement, branch=True)


def test_a_branch_point_is_not_worth_more_than_it_spares():
    assert not wanted(Placement(write_seconds=2.0), branch=True)


def test_elsewhere_writing_is_held_to_its_share():
    placement = Placement(write_seconds=0.1)
    assert [wanted(placement) for _ in range(5)] == [False] * 4 + [True]


def test_past_the_divergence_only_the_bound_on_losses_counts():
    placement = Placement(write_seconds=0.001)
    times = [wanted(placement, base=False) for _ in range(31)]
    assert times.index(True) + 1 == BOUND
