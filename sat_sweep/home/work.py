"""How much of a sweep's work is done, in seconds of a worker, and when the rest will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Work:
    """Work of a sweep, in seconds that one worker takes for it, as it was estimated `at` a time (seconds since 1970).

    `done` is what was trained, `expected` all there will be; `seconds_left` is how long the rest takes on the workers
    that there are, None before an epoch has been measured. Trials so far had `epochs_requested` epochs, of which
    `epochs_trained` were trained for them and the others taken from trials that began alike.
    """

    at: float
    done: float
    expected: float
    seconds_left: float | None
    epochs_requested: int
    epochs_trained: int

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        return min(1.0, self.done / self.expected) if self.expected else 0.0

    def left(self, now: float) -> float | None:
        """Seconds that are left at the time `now`, by what was known before."""
        return None if self.seconds_left is None else max(0.0, self.seconds_left - max(0.0, now - self.at))

    def within(self, seconds: float | None) -> Work:
        """The same where all ends in so many `seconds` at the latest; None for no such limit."""
        if seconds is None or self.seconds_left is None:
            return self
        return replace(self, seconds_left=min(self.seconds_left, max(0.0, seconds)))

    def to_json(self) -> dict[str, Any]:
        """Its fields by their names, seconds to the millisecond."""
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any] | None) -> Work | None:
        """What `to_json` described, if anything."""
        return cls(**{entry.name: content[entry.name] for entry in fields(cls)}) if content else None
