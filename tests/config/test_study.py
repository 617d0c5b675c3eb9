from __future__ import annotations

import pytest

from sat_sweep.config import dump, load_trial, plan

VALUES = {"sat.momentum": 0.7, "sat.start_epoch": 5, "reset.rate": 0.02}


def study(space, method="sat+reset", label="symmetric-0.4"):
    return next(s for s in plan(space).studies if s.method == method and s.noise.label == label)


def test_a_spec_has_every_parameter_of_every_part(space):
    assert study(space()).search_spec(VALUES).parameters == {
        "sat.momentum": 0.7, "sat.start_epoch": 5,
        "reset.rate": 0.02, "reset.patience": 2, "reset.refresh": True, "reset.restore_optimizer": True,
        "reset.layers": "",
    }


def test_search_looks_at_noisy_labels_only_unless_the_file_asks_for_diagnostics(space):
    assert study(space()).search_spec(VALUES).evaluate == "noisy"
    assert study(space(diagnostics=True)).search_spec(VALUES).evaluate == "all"


def test_confirmation_uses_the_seeds_after_the_searchs(space):
    sound = space(seed=7, confirm={"train_on": "train"})
    seeds = [[study(sound, method).confirm_spec(values, i).seed for i in range(3)]
             for method, values in (("ce", {}), ("sat+reset", VALUES))]
    assert study(sound).search_spec(VALUES).seed == 7
    assert seeds == [[8, 9, 10], [8, 9, 10]]


def test_only_confirmation_trains_on_validation_images(space):
    chosen = study(space(methods=["ce"], confirm={"train_on": "trainval"}), "ce")
    assert (chosen.search_spec({}).train_on, chosen.confirm_spec({}, 0).train_on) == ("train", "trainval")
    assert chosen.confirm_spec({}, 0).evaluate == "all"


@pytest.mark.parametrize(("gpus", "device"), [(0, "cpu"), (0.25, "cuda"), (2, "cuda"), ("auto", "cuda")])
def test_resources_decide_device_and_threads(space, gpus, device):
    spec = study(space(resources={"cpus": 3, "gpus": gpus})).search_spec(VALUES)
    assert (spec.device, spec.threads) == (device, 3)


def test_searched_settings_of_training_and_model_are_put_in_their_places(space):
    ranges = {"training.optimizer.lr": {"low": 0.01, "high": 1.0}, "model.width": {"choices": [8, 16]}}
    chosen = study(space(search={"space": ranges}), "ce")
    spec = chosen.confirm_spec({"training.optimizer.lr": 0.3, "model.width": 8}, 0)
    assert (spec.training.optimizer.lr, spec.model.width) == (0.3, 8)
    assert spec.training.optimizer.momentum == 0.9


def test_a_fixed_parameter_is_not_searched_and_is_in_every_spec(space):
    chosen = study(space(search={"space": {"sat.momentum": 0.95}}), "sat")
    assert [d.name for d in chosen.dimensions] == ["sat.start_epoch"]
    spec = chosen.search_spec({"sat.start_epoch": 4})
    assert spec.parameters == {"sat.momentum": 0.95, "sat.start_epoch": 4}


@pytest.mark.parametrize("values", [{}, {"sat.momentum": 0.7}, {**VALUES, "gce.q": 0.5}])
def test_values_must_be_one_for_each_dimension(space, values):
    with pytest.raises(ValueError, match="searches"):
        study(space()).search_spec(values)


@pytest.mark.parametrize("blocks", [
    {"search": {"trials": 99}}, {"confirm": {"seeds": 9}}, {"tracking": {"uri": "https://host"}},
    {"storage": {"home": "elsewhere"}}, {"name": "other"}, {"methods": ["sat+reset", "sat"]},
    {"baseline": "sat"}, {"noise": {"kind": "symmetric", "rates": [0.4]}},
])
def test_identity_is_not_touched_by_what_decides_no_trial(space, blocks):
    assert study(space(**blocks)).identity == study(space()).identity


@pytest.mark.parametrize("blocks", [
    {"seed": 1}, {"dataset": {"name": "digits", "subset": 500}}, {"model": {"name": "mlp", "width": 33}},
    {"training": {"epochs": 21}}, {"training": {"epochs": 20, "optimizer": {"name": "sgd", "lr": 0.2}}},
    {"search": {"batch": 5}}, {"search": {"sampler": "random"}}, {"search": {"pruner": "none"}},
    {"search": {"pruner": {"grace": 3}}}, {"search": {"select": "best"}}, {"search": {"smooth": 4}},
    {"search": {"space": {"sat.momentum": {"low": 0.5, "high": 0.9}}}},
    {"search": {"space": {"reset.patience": 3}}},
    {"search": {"space": {"model.width": {"choices": [32, 64]}}}},
    {"resources": {"gpus": 1}}, {"resources": {"cpus": 2}}, {"diagnostics": True},
])
def test_identity_changes_with_all_that_decides_its_trials(space, blocks):
    assert study(space(**blocks)).identity != study(space()).identity


def test_no_two_studies_share_an_identity(space):
    studies = plan(space()).studies
    assert len({s.identity for s in studies}) == len(studies)


def test_an_asked_default_has_the_identity_of_a_silent_file(space):
    spelt_out = {"space": {"sat.start_epoch": {"low": 1, "high": 12}}, "smooth": 1,
                "pruner": {"name": "asha", "grace": 14, "reduction": 3}}
    assert study(space(search=spelt_out)).identity == study(space()).identity


@pytest.mark.parametrize(("epochs", "smooth", "expected"), [
    (20, None, 1), (200, None, 10), (4, None, 1), (20, 7, 7),
])
def test_the_score_is_smoothed_over_a_twentieth(space, epochs, smooth, expected):
    assert study(space(training={"epochs": epochs}, search={"smooth": smooth})).smooth == expected


@pytest.mark.parametrize(("methods", "ranges", "epochs", "pruner", "expected"), [
    (["ce"], {}, 40, "asha", 10),  # a quarter
    (["ce", "sat"], {}, 40, "asha", 28),  # sat's own range ends at 24; a tenth of the epochs beyond
    (["ce", "sat"], {"sat.start_epoch": {"low": 2, "high": 12}}, 40, "asha", 16),
    (["ce", "sat"], {"sat.start_epoch": {"choices": [3, 8]}}, 40, "asha", 12),
    (["ce", "sat"], {"sat.start_epoch": 30}, 40, "asha", 34),
    (["ce", "sat"], {"sat.start_epoch": {"low": 2, "high": 40}}, 40, "asha", 40),  # all of them
    (["ce"], {}, 2, "asha", 1),
    (["ce", "sat"], {}, 40, {"grace": 5}, 5),
    (["ce", "sat"], {}, 40, {"grace": 500}, 40),
])
def test_nobody_is_pruned_before_all_may_have_acted(space, methods, ranges, epochs, pruner, expected):
    asked = space(methods=methods, training={"epochs": epochs}, search={"space": ranges, "pruner": pruner})
    assert {s.grace() for s in plan(asked).studies} == {expected}


def test_a_spec_survives_its_trial_file(space, write):
    ranges = {"training.optimizer.lr": {"low": 1e-5, "high": 1.0, "log": True}, "reset.layers": "1e-3"}
    spec = study(space(search={"space": ranges})).confirm_spec({**VALUES, "training.optimizer.lr": 1e-5}, 2)
    assert load_trial(write(dump(spec))) == spec


@pytest.mark.parametrize(("told", "words"), [
    (False, []), (True, ["the true noise rate"]), ({"choices": [False, True]}, ["the true noise rate"]),
])
def test_it_knows_what_its_settings_tell_its_method(space, told, words):
    asked = space(methods=["ce", "co_teaching+reset"], search={"trials": 3, "space": {"co_teaching.told": told}})
    assert study(asked, "co_teaching+reset").told == words
    assert study(asked, "ce").told == []
