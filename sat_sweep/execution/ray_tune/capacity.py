"""What a trial takes of a node, and how many trials fit on nodes that may be unequal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from sat_sweep.config.resources import Resources

Amounts = Mapping[str, float]
"""How much of each of Ray's resources, by Ray's name."""

UNIT = 1e-4
"""Ray counts resources in these."""


def per_trial(resources: Resources) -> dict[str, float]:
    """What one trial takes, without what it takes nothing of."""
    amounts = {"CPU": float(resources.cpus), "GPU": float(resources.gpus), **resources.custom}
    return {name: amount for name, amount in amounts.items() if amount}


def alone(amounts: Amounts) -> dict[str, float]:
    """The same for a trial that shares nothing: whole devices in place of parts of one."""
    return {name: float(math.ceil(amount)) for name, amount in amounts.items()}


def blocked(amounts: Amounts) -> dict[str, float]:
    """What one trial keeps from others: of a GPU of which 0.4 leave room for one more trial, a half."""
    return {name: 1 / _times(name, 1.0, amount) if name == "GPU" and amount < 1 else amount
            for name, amount in amounts.items()}


def room(nodes: Iterable[Mapping[str, Any]], amounts: Amounts, labels: Mapping[str, str]) -> int:
    """How many trials that take `amounts` fit side by side on those of `nodes` that live and match `labels`.

    Nodes are as `ray.nodes()` gives them; what others run there does not count.
    """
    return sum(_fit(node["Resources"], amounts) for node in nodes
               if node["Alive"] and matches(node.get("Labels", {}), labels))


def _fit(node: Amounts, amounts: Amounts) -> int:
    return min(_times(name, node.get(name, 0.0), amount) for name, amount in amounts.items())


def _times(name: str, has: float, amount: float) -> int:
    """How often `amount` is in what a node has; a part of a GPU is always of one."""
    if name == "GPU" and amount < 1:
        return int(has) * (round(1 / UNIT) // round(amount / UNIT))
    return round(has / UNIT) // round(amount / UNIT)


def matches(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a node with `labels` is one of those `wanted`: by value, `!value`, `in(value, value)` or `!in(…)`."""
    return all(_matches(labels.get(key), value) for key, value in wanted.items())


def _matches(label: str | None, wanted: str) -> bool:
    values = wanted.removeprefix("!")
    allowed = values[3:-1].replace(" ", "").split(",") if values.startswith("in(") else [values]
    return (label in allowed) != wanted.startswith("!")
