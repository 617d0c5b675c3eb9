"""What a step costs and what a method keeps, found out by training."""

import pytest

from sat_sweep.training.step_cost import LastEpoch, relative_cost


@pytest.fixture
def last(trial):
    return lambda method="ce", **rest: LastEpoch(trial(method, epochs=3, **rest))


def test_in_the_last_epoch_all_of_a_method_acts(last):
    found = last("sat", **{"sat.start_epoch": 2})
    assert found.memory == {"sat.targets": (found.examples, 10)}
    assert found.further_networks == []
    assert last("co_teaching").further_networks == ["peer"]
    assert last().memory == {}


def test_it_has_no_more_steps_than_asked_for(trial):
    few = LastEpoch(trial(epochs=2), steps=3)
    assert (few.steps, few.examples) == (3, 96)
    assert LastEpoch(trial(epochs=2)).steps == 8


class Clocked:
    """A contender whose steps take what is written down."""

    def __init__(self, *seconds):
        self.left = list(seconds)

    def seconds(self):
        return self.left.pop(0)


def test_medians_of_equally_many_turns_are_compared():
    ours, base = Clocked(2, 2, 9, 2, 3), Clocked(1, 4, 1, 0.5, 1)
    assert relative_cost(ours, base, seconds=0.0) == (2, 1)
    assert (ours.left, base.left) == ([], [])
