"""Space files as Hypothesis makes them: from the JSON schema, sound or with a mistake or two."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from hypothesis import strategies as st

from sat_sweep.config import space_schema
from sat_sweep.methods import registry

Schema = dict[str, Any]
REQUIRED_ALONE = 0.3
"""How often a block that may be absent is there."""
NUMBERS = st.one_of(st.sampled_from([0, 1, -1, 2, 0.5, 1e-3, 5, 100, 2**31, 2**63, 10**30, 1e308, -0.0]),
                    st.integers(-3, 200), st.floats(allow_nan=True, allow_infinity=True))
TEXTS = st.one_of(st.sampled_from(["", "a", "ce", "none", "auto", "..", "../x", "/", "a/b", "é", "\U0001f600", "\u202e",
                                   "x" * 300, "a\nb", "\0", "${HOME}", "http://x", "1e-3", "null", "nul",
                                   "studies.db"]),
                  st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
STRANGE = st.recursive(st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
                       lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
                       max_leaves=5)
"""What may stand anywhere and belongs nowhere."""


@st.composite
def methods(draw: st.DrawFn) -> str:
    """One objective and perhaps dynamics, some of which go together."""
    names = sorted(registry)
    return "+".join([draw(st.sampled_from(names)), *draw(st.lists(st.sampled_from(names), max_size=2))])


@cache
def _paths() -> tuple[str, ...]:
    own = [f"{part}.{name}" for part in registry for name in registry[part].Parameters.model_fields]
    return (*own, "training.optimizer.lr", "training.optimizer.momentum", "training.epochs", "training.batch_size",
            "training.schedule.warmup", "model.width", "model.dropout", "dataset.subset", "dataset.labelled")


PATHS = st.one_of(st.sampled_from(_paths()), TEXTS)
PLACES = st.sampled_from(["nowhere", "d.npz", "./x/../y", "a b", "."])
BY_NAME = {
    "methods": st.lists(methods(), min_size=1, max_size=3), "baseline": methods(), "plugins": st.just([]),
    "name": st.one_of(st.sampled_from(["a", "tiny-1", "A.b_c"]), TEXTS),
    "home": st.sampled_from(["sweeps", "a/b", "~/x"]),
    "studies": st.sampled_from([None, "sqlite:///x.db", "postgresql://${A}:${B}@host/db", "nonsense"]),
    "uri": st.sampled_from([None, "https://host", "sqlite:///y.db", "http://host"]), "weights": st.none(),
    **dict.fromkeys(["train", "test", "path", "groups", "root"], PLACES),
}
"""Strategies for keys whose schema does not say what makes sense; nothing here reaches a network or a real file."""


@cache
def _schema() -> Schema:
    return space_schema()


def of(schema: Schema, key: str = "") -> st.SearchStrategy[Any]:
    """Values that `schema` allows, of the key `key`."""
    if key in BY_NAME:
        return BY_NAME[key]
    if "$ref" in schema:
        return st.deferred(lambda: _of_definition(schema["$ref"]))
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return st.one_of([of(each) for each in schema[several]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    return _OF_TYPE.get(schema.get("type", ""), lambda _: STRANGE)(schema)


@cache
def _of_definition(reference: str) -> st.SearchStrategy[Any]:
    return of(_schema()["$defs"][reference.rpartition("/")[2]])


@cache
def _of_all() -> st.SearchStrategy[Any]:
    return of(_schema())


def _object(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        return st.dictionaries(PATHS, of(schema.get("additionalProperties") or {}), max_size=2)
    needed, known = set(schema.get("required", ())), schema["properties"]
    return _with_some({name: of(known[name], name) for name in known if name in needed},
                      {name: of(known[name], name) for name in known if name not in needed})


@st.composite
def _with_some(draw: st.DrawFn, needed: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """Everything `needed`, and a few of the `further` keys."""
    chosen = draw(st.lists(st.sampled_from(sorted(further)), max_size=3, unique=True)) if further else []
    return {**{name: draw(each) for name, each in needed.items()}, **{name: draw(further[name]) for name in chosen}}


def _array(schema: Schema) -> st.SearchStrategy[list[Any]]:
    if "prefixItems" in schema:
        return st.tuples(*map(of, schema["prefixItems"])).map(list)
    least = schema.get("minItems", 0)
    return st.lists(of(schema.get("items") or {}), min_size=least, max_size=max(least, 3))


def _integer(schema: Schema) -> st.SearchStrategy[int]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf) - 1, low + 40)
    return st.integers(low, int(high))


def _number(schema: Schema) -> st.SearchStrategy[float]:
    low, high = (schema.get(name, schema.get(f"exclusive{name.title()}", other))
                 for name, other in (("minimum", 0.0), ("maximum", 1.0)))
    return st.floats(low, max(low, high), exclude_min="exclusiveMinimum" in schema and low < high,
                     exclude_max="exclusiveMaximum" in schema and low < high)


_OF_TYPE = {
    "object": _object, "array": _array, "integer": _integer, "number": _number, "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(), "string": lambda _: TEXTS,
}


@st.composite
def spaces(draw: st.DrawFn) -> dict[str, Any]:
    """A space file: what the schema allows, or that with up to three mistakes."""
    found: dict[str, Any] = draw(_of_all())
    if draw(st.booleans()):  # a base that is sound leaves more to be found behind it
        found = {**found, "dataset": {"name": "digits"}, "model": {"name": "mlp"}, "name": "sound",
                 "noise": {"kind": "symmetric", "rates": [0.2]}, "methods": ["ce", "sat+reset"]}
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        found = _spoilt(draw, found)
    return found


def _spoilt(draw: st.DrawFn, found: Any) -> Any:
    """`found` with another value, a key more or a key less somewhere in it."""
    if isinstance(found, dict) and found:
        key = draw(st.sampled_from(sorted(found)))
        match draw(st.sampled_from(["deeper", "deeper", "deeper", "less", "more", "other"])):
            case "deeper":
                return {**found, key: _spoilt(draw, found[key])}
            case "less":
                return {name: value for name, value in found.items() if name != key}
            case "more":
                return {**found, draw(PATHS): draw(STRANGE)}
            case _:
                return {**found, key: draw(STRANGE)}
    if isinstance(found, list) and found and draw(st.booleans()):
        place = draw(st.integers(0, len(found) - 1))
        return [*found[:place], _spoilt(draw, found[place]), *found[place + 1:]]
    return draw(STRANGE)
