"""Whether plain data, as JSON has them, are what annotations say.

What lies in a home may have been put there by anybody who can write to it, with a right checksum. So every record that
is read back is held against the types of its class before a field of it is used.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

Check = Callable[[Any], bool]
_TEXT = frozenset({str})
LARGEST = 2**64
"""Whole numbers are smaller: seeds, times in nanoseconds, sizes in bytes."""


def is_plain(value: Any, hint: Any) -> bool:
    """Whether `value` is what the annotation `hint` says: plain types, lists, tuples, mappings and dataclasses of them.

    A float may be a whole number and may be infinite, but is never NaN; a tuple may be a list, as JSON has it.
    """
    return _check(hint)(value)


def has_plain_fields(record: Any) -> bool:
    """Whether every field of the dataclass instance `record` is what its annotation says."""
    kind: Any = type(record)
    return all(check(getattr(record, name)) for name, check in _field_checks(kind))


@cache
def _field_checks(kind: Any) -> list[tuple[str, Check]]:
    hints = get_type_hints(kind)
    return [(entry.name, _check(hints[entry.name])) for entry in fields(kind)]


@cache
def _check(hint: Any) -> Check:
    """What says of a value whether it is as `hint` says; made once, since a home may have ten thousand records."""
    if hint is Any:
        return lambda value: True
    if hint is float:
        return _is_number
    if hint is int:
        return _is_whole
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: isinstance(value, hint) and has_plain_fields(value)
    return _composed(hint) if get_origin(hint) is not None else lambda value: type(value) is hint


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < LARGEST


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (type(value) is float and not math.isnan(value))


def _composed(hint: Any) -> Check:
    origin, parts = get_origin(hint), [_check(part) for part in get_args(hint) if part is not ...]
    if origin in (Union, types.UnionType):
        return lambda value: any(check(value) for check in parts)
    if origin in (list, tuple):
        return lambda value: isinstance(value, list | tuple) and all(map(parts[0], value))
    if origin in (dict, Mapping):
        anything = get_args(hint)[1] is Any
        return _is_named if anything else lambda value: _is_named(value) and all(map(parts[1], value.values()))
    return lambda value: False


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and _TEXT.issuperset(map(type, value))
