"""The weight of unlabelled examples over the cycle."""

import pytest

from sat_sweep.errors import UserError
from sat_sweep.methods import parse, registry, shortest_with
from sat_sweep.training import epochs
from tests.conftest import numbers
from tests.methods.runs import assert_same_numbers, begin, run_of

FEW = {"name": "digits", "subset": 300, "labelled": 50}
USERS = ("fixmatch", "uda", "mixmatch", "pseudo_label", "mean_teacher")


def bounds(low, high):
    return {"cyclical_unlabelled.low": low, "cyclical_unlabelled.high": high}


@pytest.mark.parametrize("method", USERS)
def test_a_factor_of_one_is_training_without(trial, method):
    asked = {"dataset": FEW, "epochs": 3}
    assert_same_numbers(trial(f"{method}+cyclical_unlabelled", **asked, **bounds(1.0, 1.0)), trial(method, **asked))


@pytest.mark.parametrize("method", USERS)
def test_a_factor_is_one_more_of_the_methods_own_weight(trial, method):
    weight = "weight" if method == "mean_teacher" else "lambda_u"
    settings = {f"{method}.threshold": 0.2} if method in ("fixmatch", "uda") else {}
    asked = {"dataset": FEW, "epochs": 3, **settings}
    cycled = trial(f"{method}+cyclical_unlabelled", **asked, **bounds(0.5, 0.5), **{f"{method}.{weight}": 4.0})
    assert_same_numbers(cycled, trial(method, **asked, **{f"{method}.{weight}": 2.0}))
    assert numbers(epochs(cycled)) != numbers(epochs(trial(method, **asked, **{f"{method}.{weight}": 4.0})))


def test_labels_alone_at_both_ends(trial):
    run = run_of(trial("fixmatch+cyclical_unlabelled", dataset=FEW, epochs=5))
    found = []
    for epoch in range(1, 6):
        begin(run, epoch)
        found.append(run.settings.unlabelled_weight)
    assert found == [0, 0.5, 1, 0.5, 0]


def test_there_must_be_something_to_cycle():
    with pytest.raises(UserError, match="'ce' learns nothing from unlabelled examples"):
        parse("ce+cyclical_unlabelled")
    assert len(parse("mean_teacher+cyclical_unlabelled+reset")) == 3


@pytest.mark.parametrize(("name", "shortest"), [
    ("sat", "sat"), ("reset", "ce+reset"), ("cyclical_unlabelled", "fixmatch+cyclical_unlabelled")])
def test_the_shortest_method_string_with_a_part(name, shortest):
    assert shortest_with(registry[name]) == shortest
    assert parse(shortest)[-1] is registry[name]
