"""From pydantic's errors to ours: the place in the file, the rule, what came, what is allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ValidationError

from sat_sweep.config.schema_walk import Place, holds, keys_at, names_at
from sat_sweep.config.yaml_lines import ROOT, join
from sat_sweep.errors import Problem, did_you_mean
from sat_sweep.home import redacted
from sat_sweep.registry import Registry

_UNION_ERRORS = ("union_tag_invalid", "union_tag_not_found")


def explain(error: ValidationError, data: Any, model: type[BaseModel]) -> list[tuple[Place, Problem]]:
    """What `error`, which came of validating `data` as `model`, says about each place: one problem."""
    located = [(_place(details, data), details) for details in error.errors(include_url=False)]
    located.sort(key=lambda pair: [str(key) for key in pair[0]])
    schema = _schema(model, sum(registry.changes for registry in Registry.everywhere))
    return [(place, _problem(place, [details for _, details in group], schema, data))
            for place, group in groupby(located, key=lambda pair: pair[0])]


@lru_cache(8)
def _schema(model: type[BaseModel], registered: int) -> dict[str, Any]:
    """The JSON schema of `model`, made again whenever something was `registered`, which may be named in it."""
    return model.model_json_schema()


def dotted(place: Iterable[str | int]) -> str:
    """`place` as users read it."""
    path = ROOT
    for key in place:
        path = join(path, key)
    return path


def shown(value: Any) -> str:
    """`value` as it would stand in a file, without passwords, cut to one short line."""
    text = redacted(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= 60 else f"{text[:57]}…"


def rule(details: Mapping[str, Any]) -> str:
    """What one of pydantic's errors asks for: "must be at most 1"."""
    kind = details["type"]
    words = _RULES.get(kind) or _RULES.get(kind.split("_")[0])
    return f"must be {words(details.get('ctx', {}))}" if words else details["msg"]


_RULES: dict[str, Callable[[dict[str, Any]], str]] = {
    "int": lambda ctx: "a whole number",
    "float": lambda ctx: "a number",
    "bool": lambda ctx: "true or false",
    "string": lambda ctx: "text",
    "tuple": lambda ctx: "a list",
    "model": lambda ctx: "a mapping of keys",
    "dict": lambda ctx: "a mapping of keys",
    "path": lambda ctx: "a path",
    "literal_error": lambda ctx: ctx["expected"],
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


def _place(details: Any, data: Any) -> Place:
    """Pydantic's `loc` without the names of union members, which stand in no file."""
    place: list[str | int] = []
    may_name_member = False  # the root is no union, and no member of a union is one itself
    for position, key in enumerate(details["loc"], start=1):
        if may_name_member and position < len(details["loc"]) and _names_member(key, data):
            may_name_member = False
        elif holds(data, key):
            data, may_name_member = data[key], True
            place.append(key)
    if details["type"] == "missing":
        place.append(details["loc"][-1])
    return tuple(place)


def _names_member(key: str | int, data: Any) -> bool:
    return isinstance(data, Mapping) and key in (data.get("name"), data.get("kind"))


def _problem(place: Place, errors: list[Any], schema: dict[str, Any], data: Any) -> Problem:
    """The one problem that `errors` at `place` amount to; of a union each member may have given one."""
    path, first = dotted(place), errors[0]
    own_words = [details["ctx"]["error"] for details in errors if details["type"] == "value_error"]
    if own_words:
        return Problem(path, str(own_words[0]))
    if first["type"] == "missing":
        return Problem(path, "is required but missing")
    if first["type"] == "extra_forbidden":
        known = keys_at(schema, data, place[:-1])
        return Problem(path, f"unknown key '{place[-1]}'", remedy=did_you_mean(str(place[-1]), known))
    if first["type"] in _UNION_ERRORS and "discriminator" in first["ctx"]:
        return _unknown_member(path, first["ctx"], names_at(schema, data, place, _key(first["ctx"])))
    came, expected = first["input"], [details.get("ctx", {}).get("expected", "") for details in errors]
    return Problem(path, f"{_either(errors)}; got {shown(came)}", remedy=_closest(came, _quoted(expected)))


def _unknown_member(path: str, context: dict[str, Any], names: list[str]) -> Problem:
    place, allowed = join(path, _key(context)), f"must be one of {', '.join(names)}"
    if "tag" not in context:
        return Problem(place, f"is required but missing; it {allowed}")
    return Problem(place, f"{allowed}; got {shown(context['tag'])}", remedy=_closest(context["tag"], names))


def _key(context: dict[str, Any]) -> str:
    return str(context["discriminator"]).strip("'")


def _either(errors: list[Any]) -> str:
    """The rules of all `errors`, of which one has to be met."""
    first, *others = dict.fromkeys(rule(details) for details in errors)
    return " or ".join([first, *(other.removeprefix("must be ") for other in others)])


def _closest(came: Any, known: list[str]) -> str | None:
    """A hint only where there is a close one; all that is allowed is in the message already."""
    hint = did_you_mean(came, known) if isinstance(came, str) and known else ""
    return hint if hint.startswith("did you mean") else None


def _quoted(texts: list[str]) -> list[str]:
    return re.findall(r"'([^']*)'", " ".join(texts))
