"""A clock that stands still unless it is told otherwise."""

from __future__ import annotations

from types import ModuleType

import pytest


class Clock:
    """Takes the place of `time` in a module."""

    now = 100.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


def clock_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which `module` goes for the rest of the test."""
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock
