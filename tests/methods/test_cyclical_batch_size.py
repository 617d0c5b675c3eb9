"""Batches over the cycle; whoever counts steps does not go with it."""

import pytest

from sat_sweep.errors import UserError
from sat_sweep.methods import parse
from tests.methods.runs import assert_same_numbers, begin, run_of


def test_a_share_of_one_is_training_without(trial):
    bounds = {"cyclical_batch_size.low": 1.0, "cyclical_batch_size.high": 1.0}
    assert_same_numbers(trial("ce+cyclical_batch_size", **bounds), trial("ce"))


def test_every_example_is_visited_in_batches_of_the_epochs_size(trial):
    run = run_of(trial("ce+cyclical_batch_size", epochs=5))
    for epoch, size in ((1, 16), (2, 40), (3, 64), (4, 40), (5, 16)):  # of 32
        begin(run, epoch)
        sizes = [len(batch.index) for batch in run._batches(epoch)]
        assert set(sizes[:-1]) == {size}
        assert sum(sizes) == len(run.labels)


@pytest.mark.parametrize("other", ["reset", "cyclical_lr", "weight_ema"])
def test_refused_beside_whoever_counts_steps(other):
    with pytest.raises(UserError, match=f"makes no sense: '{other}' counts steps"):
        parse(f"ce+cyclical_batch_size+{other}")
