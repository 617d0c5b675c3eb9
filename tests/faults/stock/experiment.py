"""What is in the folder of a Ray Tune experiment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.stock.program import PROBLEM, identity


@dataclass(frozen=True)
class Outcome:
    """A trial's name that is the same in every run, its accuracy by epoch, and from which epoch it can go on."""

    name: str
    accuracies: dict[int, float]
    stored: int

    @property
    def whole(self) -> bool:
        """Whether every epoch has been reported."""
        return set(self.accuracies) == set(range(1, PROBLEM.epochs + 1))


def outcomes(experiment: Path) -> list[Outcome]:
    """All trials of an `experiment`, of which there may be several with the same name."""
    return list(_outcomes(experiment))


def _outcomes(experiment: Path) -> Iterator[Outcome]:
    for folder in sorted(experiment.glob("train_*")):
        with suppress(OSError, ValueError, KeyError):
            config = json.loads((folder / "params.json").read_text())
            yield Outcome(identity(config), dict(_reported(folder / "result.json")), _stored(folder))


def _reported(file: Path) -> Iterator[tuple[int, float]]:
    if file.exists():
        for line in file.read_text(errors="replace").splitlines():
            with suppress(ValueError, KeyError):
                row = json.loads(line)
                yield row["epoch"], row["val_accuracy"]


def _stored(folder: Path) -> int:
    found = [0]
    for checkpoint in folder.glob("checkpoint_*"):
        with suppress(OSError, ValueError, KeyError):
            if (checkpoint / "state.pt").exists():
                found.append(json.loads((checkpoint / ".metadata.json").read_text())["epoch"])
    return max(found)
