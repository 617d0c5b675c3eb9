"""An epoch of a trial as plain data, wherever it lies: in result files, in records, in the heads of states."""

from __future__ import annotations

import math
from typing import Any

_FIELDS = frozenset({"epoch", "metrics", "signature", "acts", "diverged"})
_NUMBERS = frozenset({int, float})


def is_epoch(content: Any) -> bool:
    """Whether `content`, as JSON has it, has the fields of an epoch, each of its type.

    An epoch is counted from 1, and all of its metrics are finite numbers.
    """
    return (type(content) is dict and content.keys() == _FIELDS
            and type(content["epoch"]) is int and content["epoch"] >= 1
            and type(content["signature"]) is str and type(content["acts"]) is bool
            and type(content["diverged"]) in (str, type(None)) and _are_metrics(content["metrics"]))


def _are_metrics(content: Any) -> bool:
    try:  # a home may have a million of them: nothing here is a loop of Python's own
        return (type(content) is dict and _NUMBERS.issuperset(map(type, content.values()))
                and all(map(math.isfinite, content.values())))
    except OverflowError:  # a whole number of 400 digits
        return False
