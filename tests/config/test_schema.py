from __future__ import annotations

from pathlib import Path

import pytest

from sat_sweep.config import space_schema
from sat_sweep.config.yaml_lines import read_yaml
from sat_sweep.data import noises
from sat_sweep.data.dataset import datasets
from sat_sweep.methods import parse, registry
from sat_sweep.models import models

SHIPPED = sorted((Path(__file__).parents[2] / "search_spaces").rglob("*.yaml"))


def test_everything_registered_is_in_it():
    text = str(space_schema())
    names = [*datasets, *noises, *models]
    assert [name for name in names if f"'const': '{name}'" not in text and f"'default': '{name}'" not in text] == []


def test_method_parameters_are_described_with_default_range_and_validity():
    space = space_schema()["$defs"]["SearchBlock"]["properties"]["space"]
    known = {f"{name}.{parameter}" for name in registry for parameter in registry[name].Parameters.model_fields}
    assert set(space["properties"]) == known
    assert space["properties"]["sat.momentum"]["description"] == (
        "sat (Huang et al. 2020, arXiv 2002.10319): how much of a soft target is kept when it moves to the prediction; "
        "default 0.9; searched: 0.5 to 0.99; ≥ 0, ≤ 1")


def test_example_methods_are_methods():
    examples = space_schema()["properties"]["methods"]["items"]["examples"]
    assert [parse(example)[0].name for example in examples]
    assert {"ce", "sat", "ce+reset"} <= set(examples)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_valid(path):
    validator = pytest.importorskip("jsonschema").Draft202012Validator(space_schema())
    assert [error.message for error in validator.iter_errors(read_yaml(path.read_text()).data)] == []


@pytest.mark.parametrize(("key", "value"), [
    ("sed", 3), ("methods", []), ("search", {"pruner": "ash"}),
    ("dataset", {"name": "digits", "sbset": 3}), ("model", {"name": "mlp", "width": 0}),
    ("search", {"space": {"sat.momentun": 0.9}}), ("search", {"space": {"sat.momentum": {"low": 0.5}}}),
])
def test_it_refuses_what_the_loader_refuses(key, value):
    validator = pytest.importorskip("jsonschema").Draft202012Validator(space_schema())
    sound = read_yaml(SHIPPED[-1].read_text()).data
    assert validator.is_valid(sound)
    assert not validator.is_valid({**sound, key: value})


def test_every_option_says_what_it_is():
    """Itself, or by the block that it is; what tells alternatives apart is described with them."""
    schema = space_schema()
    blocks = {"": schema, **schema["$defs"]}
    said = {f"#/$defs/{name}" for name, block in schema["$defs"].items() if block.get("description")}
    assert [f"{block}.{option}" for block, definition in blocks.items()
            for option, about in definition.get("properties", {}).items()
            if "const" not in about and not about.get("description") and about.get("$ref") not in said] == []
