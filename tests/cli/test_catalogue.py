from __future__ import annotations

import json

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
         "default": "0.3 of the epochs", "valid": "≥ 0", "search": "0.05 to 0.6 of the epochs"}]
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
