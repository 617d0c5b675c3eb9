"""Which layers stay, and what becomes of them."""

import pytest
import torch

from sat_sweep.methods.layers import stages
from tests.methods.runs import begin, run_of, weights


def test_lower_layers_stay_with_their_first_norm_and_upper_ones_begin_again(trial):
    run = run_of(trial("ce+layerwise_reinit", **{"layerwise_reinit.groups": 3}), trained=2)
    before, initial = weights(run), run.initial()
    begin(run, 3)
    after, fresh = weights(run), run._new_module("main", 3).state_dict()
    for name in before:
        if name.startswith("hidden1"):
            length = initial[name].norm() / before[name].norm()
            torch.testing.assert_close(after[name], before[name] * length)
        else:
            assert torch.equal(after[name], fresh[name])


def test_without_rescaling_they_stay_as_they_are(trial):
    given = {"layerwise_reinit.groups": 3, "layerwise_reinit.rescale": False}
    run = run_of(trial("ce+layerwise_reinit", **given), trained=2)
    before = weights(run)
    begin(run, 3)
    assert torch.equal(weights(run)["hidden1.weight"], before["hidden1.weight"])


def test_what_began_as_zero_stays_as_it_is(trial):
    """Biases of normalisation have no first norm; normalisation goes with the layer before it."""
    convnet = {"name": "convnet", "width": 4}
    run = run_of(trial("ce+layerwise_reinit", model=convnet, **{"layerwise_reinit.groups": 2}), trained=3)
    before, initial = weights(run), run.initial()
    begin(run, 4)
    staying = {name for group in stages(run.network().module, 2)[:1] for name in before if name.startswith(group)}
    zero = {name for name in staying if not initial[name].any()}
    assert zero
    assert all(torch.equal(weights(run)[name], before[name]) and before[name].any() for name in zero)
    assert all(len({name in staying for name in before if name.startswith(f"block{k}.")}) == 1 for k in (1, 2, 3, 4)
               if any(name.startswith(f"block{k}.") for name in before))


def test_stages_have_equal_length(trial):
    method = run_of(trial("ce+layerwise_reinit", epochs=12, **{"layerwise_reinit.groups": 4})).method
    due = {epoch: method.influence(epoch, ())["layerwise_reinit"]["stay"]
           for epoch in range(1, 13) if method.influence(epoch, ())}
    assert due == {4: 1, 7: 2, 10: 3}


@pytest.mark.parametrize(("count", "sizes"), [(1, [5]), (2, [2, 3]), (3, [2, 1, 2]), (9, [1, 1, 1, 1, 1])])
def test_groups_are_of_nearly_equal_size(count, sizes):
    network = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(5)))
    groups = stages(network, count)
    assert [len(group) for group in groups] == sizes
    assert [layer for group in groups for layer in group] == ["0.", "1.", "2.", "3.", "4."]
