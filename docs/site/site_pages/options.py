"""Options of a block, read off the JSON schema of the space file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

from sat_sweep.config import space_schema
from sat_sweep.config.words import in_a_file
from site_pages.markdown import code, table

TYPES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true, false"}
BOUNDS = {"minimum": "≥ {:g}", "exclusiveMinimum": "> {:g}", "maximum": "≤ {:g}", "exclusiveMaximum": "< {:g}",
          "minItems": "at least {}", "minLength": "at least {} character", "maxLength": "at most {} characters"}
COLUMNS = ("option", "what it does", "is", "default", "valid")


@cache
def schema() -> dict[str, Any]:
    """The schema, with everything that is registered."""
    return space_schema()


def definition(name: str) -> dict[str, Any]:
    """What the schema says of the class that is called `name`."""
    return schema()["$defs"][name]


def options(block: dict[str, Any], without: Collection[str] = ()) -> str:
    """A table of the options of `block`; without those named, and without what tells alternatives apart."""
    required = block.get("required", ())
    return table(COLUMNS, (
        [code(name), meaning(about), kind(about), default(about, name in required), valid(about)]
        for name, about in block.get("properties", {}).items() if name not in without and "const" not in about))


def kind(about: dict[str, Any]) -> str:
    """What a value is, as a YAML file has it: `[number, …]`, `{name: text, …}`, one of a few words."""
    if "$ref" in about:
        return kind(definition(about["$ref"].rpartition("/")[2]))
    if alternatives := about.get("anyOf") or about.get("oneOf"):
        return _one_of([each for each in alternatives if each.get("type") != "null"])
    if "const" in about or "enum" in about:
        return ", ".join(code(value) for value in about.get("enum", [about.get("const")]))
    if about.get("type") == "array":
        return f"[{kind(about['items'])}, …]" if "items" in about else "list"
    if about.get("type") == "object":
        is_block = "properties" in about and "patternProperties" not in about
        return "block" if is_block else f"{{name: {kind(_values(about))}, …}}"
    return TYPES[about["type"]]


def _one_of(alternatives: list[dict[str, Any]]) -> str:
    """Of any scalar, `value`; null needs no word, as the default says so."""
    if {each.get("type") for each in alternatives} >= set(TYPES):
        return "value"
    return " or ".join(dict.fromkeys(map(kind, alternatives)))


def _values(mapping: dict[str, Any]) -> dict[str, Any]:
    patterns = mapping.get("patternProperties", {})
    return next(iter(patterns.values())) if patterns else mapping["additionalProperties"]


def default(about: dict[str, Any], required: bool) -> str:
    """What counts where the option is absent; of a block that has a name, the name."""
    if required:
        return "required"
    value = about.get("default")
    if isinstance(value, dict):
        return code(value.get("name", "")) or "as below" if value else "none"
    short = f"{value:.4g}" if isinstance(value, float) else in_a_file(value)
    return "none" if value in ([], None) else code(short)


def valid(about: dict[str, Any]) -> str:
    """Limits, those of list items and of alternatives included."""
    return ", ".join(dict.fromkeys(_limits(about)))


def _limits(about: dict[str, Any]) -> Iterator[str]:
    yield from (sign.format(about[name]) for name, sign in BOUNDS.items() if name in about)
    for each in [*about.get("anyOf", ()), about.get("items"), about.get("additionalProperties")]:
        if isinstance(each, dict):
            yield from _limits(each)


def meaning(about: dict[str, Any]) -> str:
    """Its description, or that of the block that it is; a test of the schema holds that there is one."""
    if "description" not in about and "$ref" in about:
        return meaning(definition(about["$ref"].rpartition("/")[2]))
    return about.get("description", "")


def blocks_in(about: Any) -> Iterator[str]:
    """The names of all blocks that may stand in a value, in the order of the schema."""
    if isinstance(about, dict) and "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        if "properties" in definition(name):
            yield name
        else:
            yield from blocks_in(definition(name))
    elif isinstance(about, dict | list):
        for each in about.values() if isinstance(about, dict) else about:
            yield from blocks_in(each)
