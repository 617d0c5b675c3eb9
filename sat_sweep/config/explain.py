"""From pydantic's errors to ours: the place in the file, the rule, what came, what is allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ValidationError

from sat_sweep.config.yaml_lines import ROOT, join
from sat_sweep.errors import Problem, did_you_mean

Place = tuple[str | int, ...]
"""Keys and list positions from the root of the data to one thing in it."""


def explain(error: ValidationError, data: Any, model: type[BaseModel]) -> list[tuple[Place, Problem]]:
    """What `error`, which came of validating `data` as `model`, says about each place; one problem a place."""
    located = [(_place(details, data), details) for details in error.errors(include_url=False)]
    located.sort(key=lambda pair: [str(key) for key in pair[0]])
    schema = model.model_json_schema()
    return [(place, _problem(place, [details for _, details in group], schema, data))
            for place, group in groupby(located, key=lambda pair: pair[0])]


def dotted(place: Iterable[str | int]) -> str:
    """`place` as users read it."""
    path = ROOT
    for key in place:
        path = join(path, key)
    return path


def shown(value: Any) -> str:
    """`value` as it would stand in a file, cut to one short line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _place(details: Any, data: Any) -> Place:
    """Pydantic's `loc` without the names of union members, which stand in no file."""
    place: list[str | int] = []
    names_member = False  # the root is no union, and no member of a union is one itself
    for number, key in enumerate(details["loc"]):
        last = number == len(details["loc"]) - 1
        if names_member and isinstance(data, Mapping) and key in (data.get("name"), data.get("kind")):
            names_member = False
        elif _holds(data, key):
            data, names_member = data[key], True
            place.append(key)
        elif last and details["type"] == "missing":
            place.append(key)
    if details["type"] in ("union_tag_invalid", "union_tag_not_found") and "discriminator" in details["ctx"]:
        place.append(details["ctx"]["discriminator"].strip("'"))
    return tuple(place)


def _holds(data: Any, key: str | int) -> bool:
    if isinstance(data, Mapping):
        return key in data
    return isinstance(data, list) and isinstance(key, int) and key < len(data)


def _problem(place: Place, errors: list[Any], schema: dict[str, Any], data: Any) -> Problem:
    own_words = [details for details in errors if details["type"] == "value_error"]
    if own_words:
        return Problem(dotted(place), str(own_words[0]["ctx"]["error"]))
    first = errors[0]
    if first["type"] == "extra_forbidden":
        known = keys_at(schema, data, place[:-1])
        return Problem(dotted(place), f"unknown key '{place[-1]}'", remedy=did_you_mean(str(place[-1]), known))
    if first["type"] in ("missing", "union_tag_not_found"):
        names = _quoted(first.get("ctx", {}).get("expected_tags", "")) or _names_at(schema, data, place)
        return Problem(dotted(place), "is required but missing", remedy=f"allowed: {', '.join(names)}" if names else None)
    came = first["ctx"]["tag"] if first["type"] == "union_tag_invalid" else first["input"]
    rules = " or ".join(dict.fromkeys(_rule(details) for details in errors))
    return Problem(dotted(place), f"{rules}; got {shown(came)}", remedy=_closest(came, errors))


_RULES: dict[str, Callable[[dict[str, Any]], str]] = {
    "int": lambda ctx: "a whole number",
    "float": lambda ctx: "a number",
    "bool": lambda ctx: "true or false",
    "string": lambda ctx: "text",
    "tuple": lambda ctx: "a list",
    "model": lambda ctx: "a mapping such as {name: …}",
    "dict": lambda ctx: "a mapping",
    "path": lambda ctx: "a path",
    "literal_error": lambda ctx: ctx["expected"],
    "union_tag_invalid": lambda ctx: f"one of {ctx['expected_tags']}",
    "greater_than": lambda ctx: f"above {ctx['gt']:g}",
    "greater_than_equal": lambda ctx: f"at least {ctx['ge']:g}",
    "less_than": lambda ctx: f"below {ctx['lt']:g}",
    "less_than_equal": lambda ctx: f"at most {ctx['le']:g}",
    "finite_number": lambda ctx: "a finite number",
    "string_pattern_mismatch": lambda ctx: f"text that matches {ctx['pattern']}",
    "string_too_short": lambda ctx: "text that is not empty",
    "string_too_long": lambda ctx: f"text of at most {ctx['max_length']} characters",
    "too_short": lambda ctx: f"a list of at least {ctx['min_length']}",
    "too_long": lambda ctx: f"a list of at most {ctx['max_length']}",
}
"""What is demanded, by pydantic's type of error or by the first word of it."""


def _rule(details: dict[str, Any]) -> str:
    kind = details["type"]
    rule = _RULES.get(kind) or _RULES.get(kind.split("_")[0])
    return f"must be {rule(details.get('ctx', {}))}" if rule else details["msg"]


def _closest(came: Any, errors: list[Any]) -> str | None:
    named = [details.get("ctx", {}).get(key, "") for details in errors for key in ("expected", "expected_tags")]
    known = _quoted(" ".join(named))
    hint = did_you_mean(came, known) if isinstance(came, str) and known else ""
    return hint if hint.startswith("did you mean") else None


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


# Which keys are allowed where: read off the JSON schema, which knows every plug-in


def keys_at(schema: dict[str, Any], data: Any, place: Place) -> list[str]:
    """The keys that `schema` allows in the mapping at `place` of `data`."""
    return sorted({key for option in _options_at(schema, data, place) for key in option.get("properties", {})})


def _names_at(schema: dict[str, Any], data: Any, place: Place) -> list[str]:
    """The values allowed at `place` where they are a fixed few."""
    options = list(_options_at(schema, data, place))
    return [value for option in options for value in option.get("enum", [option.get("const")]) if value is not None]


def _options_at(schema: dict[str, Any], data: Any, place: Place) -> Iterator[dict[str, Any]]:
    options = list(_options(schema, schema, data))
    for key in place:
        data = data[key] if _holds(data, key) else None
        below = [option.get("properties", {}).get(key) or option.get("additionalProperties") or option.get("items")
                 for option in options]
        options = [leaf for node in below if isinstance(node, dict) for leaf in _options(node, schema, data)]
    yield from options


def _options(node: dict[str, Any], schema: dict[str, Any], data: Any) -> Iterator[dict[str, Any]]:
    """The plain schemas that `node` stands for; of named alternatives the one that `data` names, if it does."""
    if "$ref" in node:
        yield from _options(schema["$defs"][node["$ref"].rpartition("/")[2]], schema, data)
    elif alternatives := node.get("anyOf") or node.get("oneOf"):
        tag = node.get("discriminator", {})
        named = data.get(tag["propertyName"]) if tag and isinstance(data, Mapping) else None
        chosen = tag.get("mapping", {}).get(named) if named else None
        for alternative in [{"$ref": chosen}] if chosen else alternatives:
            yield from _options(alternative, schema, data)
    else:
        yield node
