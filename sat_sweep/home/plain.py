"""Whether plain data, as JSON has them, are what annotations say.

What lies in a home may have been put there by anybody who can write to it, with a right checksum. So every record that
is read back is held against the types of its class before a field of it is used.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_TEXT = frozenset({str})
LARGEST = 2**64
"""Whole numbers are smaller: seeds, times in nanoseconds, sizes in bytes."""


def is_plain(value: Any, hint: Any) -> bool:
    """Whether `value` is what the annotation `hint` says: plain types, lists, tuples, mappings and dataclasses of them.

    A float may be a whole number and may be infinite, but is never NaN; a tuple may be a list, as JSON has it.
    """
    if hint is Any:
        return True
    if hint is float:
        return is_plain(value, int) or (type(value) is float and not math.isnan(value))
    if hint is int:
        return type(value) is int and abs(value) < LARGEST
    if isinstance(hint, type) and is_dataclass(hint):
        return isinstance(value, hint) and has_plain_fields(value)
    return _is_composed(value, hint) if get_origin(hint) is not None else type(value) is hint


def has_plain_fields(record: Any) -> bool:
    """Whether every field of the dataclass instance `record` is what its annotation says."""
    kind: Any = type(record)
    hints = _hints(kind)
    return all(is_plain(getattr(record, entry.name), hints[entry.name]) for entry in fields(record))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_composed(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(is_plain(value, part) for part in parts)
    if origin in (list, tuple):
        return isinstance(value, list | tuple) and all(is_plain(each, parts[0]) for each in value)
    if origin in (dict, Mapping):
        return (isinstance(value, dict) and _TEXT.issuperset(map(type, value))
                and (parts[1] is Any or all(is_plain(each, parts[1]) for each in value.values())))
    return False
