"""How long trials take, from those that have ended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sat_sweep.home import Result

MARGIN = 1.2
"""A confirming trial also evaluates on the test part, and may train on more images: so many times a search trial."""


@dataclass
class Pace:
    """What trials of one kind have taken: for their epochs, and besides, such as for making networks and data ready."""

    trials: int = 0
    epochs: int = 0
    epoch_seconds: float = 0.0
    other_seconds: float = 0.0

    def add(self, result: Result) -> None:
        """Take in a trial; epochs that it found in the store count with what they took whoever trained them."""
        seconds = [record["metrics"].get("epoch_seconds", 0.0) for record in result.history]
        trained = sum(seconds[len(seconds) - result.epochs_trained:])
        self.trials += 1
        self.epochs += len(seconds)
        self.epoch_seconds += sum(seconds)
        self.other_seconds += max(0.0, result.ended - result.started - trained)

    def seconds(self, epochs: int) -> float:
        """What a trial of so many further epochs takes."""
        return self.epoch_seconds / self.epochs * epochs + self.other_seconds / self.trials


@dataclass
class Paces:
    """Of each study and stage, and of all trials together."""

    overall: Pace = field(default_factory=Pace)
    _of: dict[tuple[str, str], Pace] = field(default_factory=lambda: defaultdict(Pace))

    def add(self, result: Result) -> None:
        """Take in a trial that has ended."""
        for pace in (self.overall, self._of[result.study, result.stage]):
            pace.add(result)

    def confirming(self, study: str, epochs: int) -> float:
        """Seconds that a confirming trial of `study` with so many epochs left takes, rather more than fewer.

        From trials of its own kind if there are any, else from the study's search, else from all there are; 0 where
        nothing is known.
        """
        known = self._of[study, "confirm"]
        if known.epochs:
            return known.seconds(epochs)
        searched = next((pace for pace in (self._of[study, "search"], self.overall) if pace.epochs), None)
        return MARGIN * searched.seconds(epochs) if searched else 0.0
