"""The JSON schema of the space file, for editors: completion, descriptions and mistakes while one types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sat_sweep.config.leaves import BLOCKS, VARIED
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.words import bounds, in_a_file, number, search_range
from sat_sweep.methods import Dynamics, Method, registry, shortest_with


def space_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of space files, with everything that the registries know.

    What needs several fields at once, such as a start epoch beyond the last one, only `load_space` can tell.
    """
    schema = SpaceFile.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    schema["properties"]["methods"]["items"]["examples"] = list(_method_strings())
    space = schema["$defs"]["SearchBlock"]["properties"]["space"]
    schema["$defs"]["SearchRange"] = space.pop("additionalProperties")
    ranges = {"$ref": "#/$defs/SearchRange"}
    space["properties"] = {path: {**ranges, "description": text} for path, text in _parameters()}
    space["patternProperties"] = {rf"^({'|'.join(BLOCKS)})\.": ranges}
    space["additionalProperties"] = False
    vary = schema["properties"]["vary"]
    vary["patternProperties"] = {rf"^({'|'.join(VARIED)})\.": vary.pop("additionalProperties")}
    vary["additionalProperties"] = False
    return schema


def _method_strings() -> Iterator[str]:
    """Every objective alone, then plain cross-entropy, or what they go with, with each of the dynamics."""
    dynamics = [name for name in registry if issubclass(registry[name], Dynamics)]
    yield from (name for name in registry if name not in dynamics)
    yield from (shortest_with(registry[name]) for name in dynamics)


def _parameters() -> Iterator[tuple[str, str]]:
    """Path and description of every parameter of every method."""
    for name in registry:
        for parameter in registry[name].Parameters.model_fields:
            yield f"{name}.{parameter}", _description(registry[name], parameter)


def _description(method: type[Method], parameter: str) -> str:
    field = method.Parameters.model_fields[parameter]
    search = method.Parameters.search_ranges().get(parameter)
    own = f"searched: {search_range(search)}" if search else "not searched unless a range is given here"
    said = [f"{method.name} ({method.paper}): {field.description}", f"default {in_a_file(number(field.default))}", own]
    return "; ".join([*said, bounds(field)] if bounds(field) else said)
