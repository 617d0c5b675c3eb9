from __future__ import annotations

import json

import pytest

from sat_sweep.commands import measured_method
from sat_sweep.commands.measured_method import measured
from sat_sweep.data import datasets
from sat_sweep.methods import registry


def test_every_method_with_every_parameter(cli):
    known = {method["name"]: method for method in json.loads(cli("methods", "--json").stdout)}
    assert set(known) == set(registry)
    assert (known["sat"]["kind"], known["co_teaching"]["kind"], known["reset"]["kind"]) == (
        "objective", "objective", "dynamics")
    assert (known["ce"]["needs"], known["co_teaching"]["needs"]) == ([], ["a second network"])
    assert known["sat"]["parameters"] == [
        {"name": "momentum", "meaning": "how much of a soft target is kept when it moves to the prediction",
         "default": 0.9, "valid": "≥ 0, ≤ 1", "search": "0.5 to 0.99"},
        {"name": "start_epoch", "meaning": "epochs of plain cross-entropy before targets move",
         "default": "0.3 of the epochs", "valid": "≥ 0", "search": "0.05 to 0.6 of the epochs"},
        {"name": "reference_width", "meaning": "the network width that momentum and start epoch are meant for, to be "
         "scaled to the actual one (64 in the official code); 0: as they are", "default": 0, "valid": "≥ 0",
         "search": None}]
    assert [p["search"] for p in known["reset"]["parameters"]] == ["0.02 to 2 per epoch, log", None, None, None, None]
    assert known["reset"]["parameters"][0]["default"] == "0.2 per epoch"


def test_every_dataset_with_its_options(cli):
    known = {dataset["name"]: dataset for dataset in json.loads(cli("datasets", "--json").stdout)}
    assert set(known) == set(datasets)
    assert known["npz"]["options"]["path"] == "required"
    assert known["digits"]["options"]["validation_fraction"] == 0.2


def test_tables_name_everything(cli):
    methods, sets = cli("methods").stdout, cli("datasets").stdout
    assert all(f"{name}.{parameter}" in methods and field.description in methods
               for name in registry for parameter, field in registry[name].Parameters.model_fields.items())
    assert all(f"\n{name} " in sets for name in datasets)


def test_the_schema_is_one_of_space_files(cli):
    schema = json.loads(cli("schema").stdout)
    assert {"name", "dataset", "noise", "methods", "model"} <= set(schema["required"])


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(measured_method, "SECONDS", 0.0)


def test_a_page_on_a_method_is_its_own_text_and_what_was_measured(cli, quick):
    page = " ".join(cli("methods", "sat+reset").stdout.split())
    for said in ("t <- momentum * t + (1 - momentum) * p", "here settings are what the user gave",
                 "Learns imbalanced classes far worse than", "arXiv 2002.10319", "sat.start_epoch", "reset.layers",
                 "times one of ce", "Remembers sat.targets (N, C); N examples, C classes"):
        assert said in page
    assert "elr" not in page
    assert "Told" not in page


def test_a_page_says_what_a_method_is_told(cli, quick):
    page = cli("methods", "trusted_finetune").stdout
    assert "Needs      trusted examples (dataset.trusted)" in page
    assert "Told       more than other methods: trusted examples" in page


def test_a_page_for_programs(cli, quick):
    known = json.loads(cli("methods", "co_teaching", "--json").stdout)
    (part,) = known["parts"]
    assert (known["name"], known["told"], part["needs"]) == ("co_teaching", [], ["a second network"])
    assert part["text"].startswith("Co-teaching: two networks choose")
    assert part["advice"].startswith("Two networks with different initialisations filter different errors.")
    assert {"name": "exponent", "default": 1.0, "valid": "> 0"}.items() <= part["parameters"][2].items()
    assert known["step_cost"]["relative_to_ce"] > 0
    assert (known["remembers"], known["further_networks"]) == ({}, ["peer"])


def test_dynamics_have_a_page_of_their_own_measured_with_cross_entropy(cli, quick):
    known = json.loads(cli("methods", "cyclical_augmentation", "--json").stdout)
    assert [part["kind"] for part in known["parts"]] == ["dynamics"]
    assert known["step_cost"]["method"] == "ce+cyclical_augmentation"
    assert known["step_cost"]["problem"] is None


PLUGIN = '''"""Halved: half of cross-entropy.

    L = CE / 2
"""

import torch

from sat_sweep import LabelLoss, Parameters, register_method


def halved_loss(logits, labels):
    """Half of it."""
    return {}torch.nn.functional.cross_entropy(logits, labels) / 2


@register_method
class Halved(LabelLoss):
    """Learns half as fast."""

    name = "{}"
    paper = "none"
    Parameters = Parameters
    function = staticmethod(halved_loss)
'''


def test_a_plugin_has_a_page_too(cli, quick, tmp_path):
    (tmp_path / "halved_page.py").write_text(PLUGIN.format("", "halved_page"))
    page = cli("methods", "halved_page", "--plugins", str(tmp_path / "halved_page.py")).stdout
    for said in ("L = CE / 2", "Learns half as fast.", "times one of ce", "Remembers  nothing from step to step"):
        assert said in page


def test_a_plugin_that_breaks_has_a_page_that_says_so(cli, quick, tmp_path):
    (tmp_path / "broken_page.py").write_text(PLUGIN.format("missing + ", "broken_page"))
    page = cli("methods", "broken_page", "--plugins", str(tmp_path / "broken_page.py"))
    assert page.exit_code == 0
    assert "could not be measured: NameError: name 'missing' is not defined" in page.stdout


@pytest.mark.parametrize(("words", "message"), [
    ("sta", "unknown method 'sta'; did you mean 'sat'?"),
    ("sat+rest", "unknown method 'rest'; did you mean 'reset'?"),
    ("sat+elr", "a method has one objective, but 'sat+elr' also has 'elr'"),
])
def test_a_page_on_nothing_is_refused(cli, words, message):
    answer = cli("methods", words)
    assert answer.exit_code == 2
    assert message in answer.stderr


def test_what_stays_from_step_to_step_is_found_by_training(quick):
    assert measured("temporal_ensembling").remembers == {
        "temporal_ensembling.average": ("N", "C"), "temporal_ensembling.predicted": ("N", "C")}
    assert measured("l2rw").problem == ""


@pytest.mark.parametrize("name", list(registry))
def test_every_method_says_in_its_class_when_it_helps_and_when_it_hurts(name):
    """Below the first line, for whoever chooses."""
    first, _, advice = (registry[name].__doc__ or "").partition("\n\n")
    assert first.strip()
    assert len(advice.split()) >= 8
