"""Settings in words: what `plan`, `methods`, `datasets` and the JSON schema say about a field alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from sat_sweep.methods.parameters import Choices, OfEpochs, OfSteps, Search

_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def number(value: Any) -> Any:
    """A value of a setting as it is; a relative one in words: `0.3 of the epochs`, `0.2 per epoch`."""
    figure, unit = _with_unit(value)
    return f"{figure:g}{unit}" if unit else figure


def in_a_file(value: Any) -> str:
    """A plain value as a space file has it, words without quotes."""
    return value if isinstance(value, str) and value else json.dumps(value)


def search_range(search: Search) -> str:
    """Where a search looks: `0.5 to 0.99`, `0.02 to 2 per epoch, log`, `a | b`."""
    if isinstance(search, Choices):
        return " | ".join(str(value) for value in search.values)
    (low, unit), (high, same) = _with_unit(search.low), _with_unit(search.high)
    return f"{low:g}{unit if unit != same else ''} to {high:g}{same}{', log' if search.log else ''}"


def _with_unit(value: Any) -> tuple[Any, str]:
    if isinstance(value, OfEpochs):
        return value.share, " of the epochs"
    if isinstance(value, OfSteps):
        return value.per_epoch, " per epoch"
    return value if isinstance(value, bool | int | float | str) or value is None else str(value), ""


def bounds(field: FieldInfo) -> str:
    """What values are valid: `≥ 0, ≤ 1`."""
    return ", ".join(f"{sign} {bound:g}" for sign, bound in _limits(field))


def _limits(field: FieldInfo) -> Iterator[tuple[str, float]]:
    for constraint in field.metadata:
        for name, sign in _SIGNS.items():
            if (bound := getattr(constraint, name, None)) is not None:
                yield sign, bound
