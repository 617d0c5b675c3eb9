"""Where states are stored, with times given by hand."""

from sat_sweep.training.placement import BOUND, Placement


def wanted(placement, epoch, seconds=1.0, base=True, diverges=False):
    return placement.wanted(epoch, seconds, base=base, last_before_divergence=diverges)


def test_branch_points_and_the_divergence_are_stored():
    placement = Placement(branches=[2], write_seconds=0.1)
    assert not wanted(placement, 1)
    assert wanted(placement, 2)
    placement.wrote(0.1)
    assert wanted(placement, 3, diverges=True)


def test_a_branch_point_is_not_worth_more_than_it_spares():
    assert not wanted(Placement(branches=[1], write_seconds=2.0), 1, seconds=1.0)


def test_elsewhere_writing_is_held_to_its_share():
    placement = Placement(write_seconds=0.1)
    assert [wanted(placement, epoch) for epoch in range(1, 6)] == [False] * 4 + [True]


def test_past_the_divergence_only_the_bound_on_losses_counts():
    placement = Placement(write_seconds=0.001)
    times = [wanted(placement, epoch, base=False) for epoch in range(1, 32)]
    assert times.index(True) + 1 == BOUND
