from __future__ import annotations

import json

from sat_sweep.data import datasets
from sat_sweep.methods import registry


def test_every_method_with_every_parameter(cli):
    known = {method["name"]: method for method in json.loads(cli("methods", "--json").stdout)}
    assert set(known) == set(registry)
    assert (known["sat"]["kind"], known["reset"]["kind"]) == ("objective", "dynamics")
    assert known["sat"]["parameters"] == [
        {"name": "momentum", "default": 0.9, "valid": "≥ 0, ≤ 1", "search": "0.5 to 0.99"},
        {"name": "start_epoch", "default": "0.3 of the epochs", "valid": "≥ 0",
         "search": "0.05 of the epochs to 0.6 of the epochs"}]
    assert [p["search"] for p in known["reset"]["parameters"]] == ["0.001 to 0.1, log", None, None, None, None]


def test_every_dataset_with_its_options(cli):
    known = {dataset["name"]: dataset for dataset in json.loads(cli("datasets", "--json").stdout)}
    assert set(known) == set(datasets)
    assert known["npz"]["options"]["path"] == "required"
    assert known["digits"]["options"]["validation_fraction"] == 0.2


def test_tables_name_everything(cli):
    methods, sets = cli("methods").stdout, cli("datasets").stdout
    assert all(f"{name}.{parameter}" in methods
               for name in registry for parameter in registry[name].Parameters.model_fields)
    assert all(f"\n{name} " in sets for name in datasets)


def test_the_schema_is_one_of_space_files(cli):
    schema = json.loads(cli("schema").stdout)
    assert {"name", "dataset", "noise", "methods", "model"} <= set(schema["required"])
