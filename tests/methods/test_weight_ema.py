"""The average by hand; evaluation sees it, training does not."""

import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods import parse
from sat_sweep.methods.averages import growing_decay
from tests.methods.runs import assert_same_numbers, begin, run_of, weights


def test_decay_zero_is_training_without(trial):
    assert_same_numbers(trial("ce+weight_ema", **{"weight_ema.decay": 0.0}), trial("ce"))


def test_at_first_it_is_a_plain_mean():
    decays = [growing_decay(step, 0.8) for step in (1, 2, 3, 4, 5, 99)]
    assert decays == pytest.approx([1 / 2, 2 / 3, 3 / 4, 4 / 5, 0.8, 0.8])


def test_the_average_of_all_steps_is_what_is_evaluated(trial):
    run = run_of(trial("ce+weight_ema", **{"weight_ema.decay": 0.999}))
    begin(run, 1)
    seen = [weights(run)]
    for step, batch in enumerate(run._batches(1)):
        run.method.algorithm.update(run, batch, 1)
        run.method.dynamics[0].after_step(run, step)
        seen.append(weights(run))
    mean = {name: torch.stack([each[name] for each in seen]).mean(dim=0) for name in seen[0]}
    torch.testing.assert_close(weights(run, "average of main"), mean)
    run.evaluating()
    expected = torch.func.functional_call(run.network().module, mean, run.inputs[:5])
    torch.testing.assert_close(run.method.predict(run, run.inputs[:5]), expected)
    assert not torch.allclose(run.forward(run.network(), run.inputs[:5]), expected)


def test_training_goes_on_as_without(trial):
    plain, averaged = run_of(trial("ce"), trained=3), run_of(trial("ce+weight_ema"), trained=3)
    assert all(torch.equal(value, weights(averaged)[name]) for name, value in weights(plain).items())


@pytest.mark.parametrize("method", ["forward+weight_ema", "mean_teacher+shrink_perturb"])
def test_an_average_starts_anew_with_its_network(trial, method):
    given = {"forward.start_epoch": 2} if "forward" in method else {"shrink_perturb.every": 2}
    run = run_of(trial(method, **given), trained=2)
    begin(run, 3)
    average = weights(run, "average of main" if "forward" in method else "teacher")
    assert all(torch.equal(value, average[name]) for name, value in weights(run).items())


def test_both_of_two_networks_are_averaged(trial):
    run = run_of(trial("co_teaching+weight_ema"), trained=1)
    assert set(run.networks) == {"main", "peer", "average of main", "average of peer"}


def test_an_average_of_an_average_is_refused():
    with pytest.raises(UserError, match="evaluated by an average of weights already"):
        parse("mean_teacher+weight_ema")
