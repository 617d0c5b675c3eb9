"""When it stops, what is left then, and both ways of judging."""

import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods import parse
from sat_sweep.methods.early_stopping import stopped_at, wave
from sat_sweep.training import epochs
from tests.conftest import numbers
from tests.methods.runs import run_of, weights


@pytest.mark.parametrize(("values", "patience", "best"), [
    ([], 1, None), ([3.0], 1, None), ([3, 2, 1], 1, None), ([3, 2, 2], 1, 1), ([3, 2, 4, 1], 1, 1),
    ([3, 2, 4, 1], 2, None), ([3, 2, 4, 1, 5, 5], 2, 3), ([1, 2, 2, 0], 3, None), ([1, 2, 2, 2, 0], 3, 0)])
def test_when_it_stops(values, patience, best):
    assert stopped_at(values, patience) == best


def test_the_wave_is_a_trailing_mean():
    assert wave([0.9, 0.5, 0.1, 0.3], 3) == pytest.approx([0.9, 0.7, 0.5, 0.3])


@pytest.mark.parametrize("train_on", ["train", "trainval"])
def test_after_it_has_stopped_the_run_is_that_of_the_best_epoch(trial, train_on):
    given = {"early_stopping.patience": 3, "early_stopping.window": 2}
    spec = trial("ce+early_stopping", epochs=40, rate=0.6, train_on=train_on,
                 training={"optimizer": {"lr": 0.3, "name": "sgd"}}, **given)
    records = list(epochs(spec))
    metrics = numbers(records)
    stop = next(place for place, record in enumerate(records) if "best" in _influence(spec, record.epoch, records))
    best = _influence(spec, stop + 1, records)["best"]
    assert stop < 39
    assert best == stop - 3
    assert all(later == metrics[best - 1] for later in metrics[stop:])
    assert sum(record.trained for record in records) == stop
    stopped, there = run_of(spec, trained=40), run_of(spec, trained=best)
    assert all(torch.equal(value, weights(there)[name]) for name, value in weights(stopped).items())
    if train_on == "train":
        noisy = [each["val/noisy_accuracy"] for each in metrics[:stop]]
        assert max(noisy) == noisy[best - 1]
    else:
        assert "val/noisy_accuracy" not in metrics[0]
        assert "early_stopping/changes" in metrics[1]


def _influence(spec, epoch, records):
    from sat_sweep.training.loop import Trial

    return Trial(spec).chain.influence(epoch, records).get("early_stopping", {})


def test_changes_are_counted_on_the_whole_training_set(trial):
    spec = trial("ce+early_stopping", train_on="trainval", **{"early_stopping.patience": 6})
    before, after = run_of(spec, trained=2), run_of(spec, trained=3)
    changed = (before.training_logits().argmax(dim=1) != after.training_logits().argmax(dim=1)).float().mean()
    assert after.history[-1].metrics["early_stopping/changes"] == pytest.approx(float(changed))


@pytest.mark.parametrize(("method", "said"), [
    ("ce+early_stopping+shrink_perturb", "'shrink_perturb' starts anew"),
    ("ce+early_stopping+cyclical_lr", "whenever 'cyclical_lr' raises the rate"),
    ("trusted_finetune+early_stopping", "before 'trusted_finetune' has used what it is told")])
def test_refused_beside_what_is_worse_for_a_while_or_comes_late(method, said):
    with pytest.raises(UserError, match=said):
        parse(method)
