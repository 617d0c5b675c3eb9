"""How long trials have run: one after the other and side by side."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[float, float]
"""When something began and ended, in seconds since 1970."""


def running_seconds(spans: Iterable[Span]) -> float:
    """Seconds in which at least one of `spans` was under way: side by side they count once, pauses do not count."""
    total, until = 0.0, float("-inf")
    for began, ended in sorted(spans):
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def summed_seconds(spans: Iterable[Span]) -> float:
    """Seconds of all `spans` together."""
    return sum(ended - began for began, ended in spans)
