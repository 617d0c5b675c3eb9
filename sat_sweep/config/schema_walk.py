"""Which keys and names are allowed at a place, read off the JSON schema, which knows every plug-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]
"""Keys and list positions from the root of the data to one thing in it."""


def keys_at(schema: dict[str, Any], data: Any, place: Place) -> list[str]:
    """The keys that `schema` allows in the mapping at `place` of `data`."""
    options = _options_at(schema, data, place)
    return sorted({key for option in options for key in option.get("properties", {})})


def names_at(schema: dict[str, Any], data: Any, place: Place, key: str) -> list[str]:
    """What `key`, by which the alternatives at `place` are told apart, may say."""
    options = _options_at(schema, data, place)
    return sorted(option["properties"][key]["default"] for option in options)


def holds(data: Any, key: str | int) -> bool:
    """Whether `data[key]` is there."""
    if isinstance(data, Mapping):
        return key in data
    return isinstance(data, list) and isinstance(key, int) and key < len(data)


def _options_at(schema: dict[str, Any], data: Any, place: Place) -> list[dict[str, Any]]:
    options = list(_options(schema, schema, data))
    for key in place:
        data = data[key] if holds(data, key) else None
        below = [_below(option, key) for option in options]
        options = [leaf for node in below if isinstance(node, dict) for leaf in _options(node, schema, data)]
    return options


def _below(option: dict[str, Any], key: str | int) -> Any:
    named = option.get("properties", {}).get(key)
    return named or option.get("additionalProperties") or option.get("items")


def _options(node: dict[str, Any], schema: dict[str, Any], data: Any) -> Iterator[dict[str, Any]]:
    """The plain schemas that `node` stands for; of named alternatives the one that `data` names, if any."""
    if "$ref" in node:
        yield from _options(schema["$defs"][node["$ref"].rpartition("/")[2]], schema, data)
    elif alternatives := node.get("anyOf") or node.get("oneOf"):
        for alternative in _named(node, data) or alternatives:
            yield from _options(alternative, schema, data)
    else:
        yield node


def _named(node: dict[str, Any], data: Any) -> list[dict[str, Any]]:
    tag = node.get("discriminator")
    if tag is None or not isinstance(data, Mapping):
        return []
    reference = tag["mapping"].get(str(data.get(tag["propertyName"])))
    return [{"$ref": reference}] if reference else []
