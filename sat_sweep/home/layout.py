"""The sweep home: where everything that a sweep knows is kept.

    <home>/trajectories/            states and records, shared by all sweeps of this home
    <home>/studies.db, mlflow.db    Optuna's and MLflow's databases, unless the space file names others
    <home>/<sweep>/space.yaml       what was asked, word for word
    <home>/<sweep>/sweep.json       the same resolved, with versions and data fingerprint
    <home>/<sweep>/results/<study>/<trial>.json
    <home>/<sweep>/report/
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sat_sweep.errors import UserError
from sat_sweep.home.files import Folder, LocalFolder, open_folder

HOME_VARIABLE = "SAT_SWEEP_HOME"


def choose_home(option: str | None, of_file: str | None = None) -> str:
    """The home that counts: the option, else the variable SAT_SWEEP_HOME, else the space file's, else `sweeps`."""
    return option or os.environ.get(HOME_VARIABLE) or of_file or "sweeps"


@dataclass(frozen=True)
class Result:
    """A finished trial: everything that reports and the MLflow mirror are made from.

    `state` is "complete", "pruned" or "failed", with the `reason` where there is one. `value` is the selection
    score. `values` are the searched settings alone, `spec` the whole trial. `history` holds a record per epoch.
    `error_rate` and `transition` are what the noise came to on labels, `corrupted_inputs` on images, as a share.
    `started` and `ended` are seconds since 1970.
    """

    sweep: str
    study: str
    method: str
    noise: str
    rate: float | None
    stage: str
    number: int
    seed: int
    state: str
    reason: str | None
    value: float | None
    values: dict[str, Any]
    spec: dict[str, Any]
    error_rate: float | None
    transition: list[list[float]] | None
    history: list[dict[str, Any]]
    epochs_trained: int
    started: float
    ended: float
    versions: dict[str, str] = field(default_factory=dict)
    corrupted_inputs: float | None = None

    @property
    def name(self) -> str:
        """The trial's name within its sweep."""
        return trial_name(self.study, self.stage, self.number)

    def curve(self, metric: str) -> list[float | None]:
        """`metric` epoch by epoch, None where it is absent."""
        return [record["metrics"].get(metric) for record in self.history]


def trial_name(study: str, stage: str, number: int) -> str:
    """`sat/symmetric-0.4/search-0003`: unique within a sweep, a path in its results."""
    return f"{study}/{stage}-{number:04d}"


class SweepHome:
    """One sweep's part of the home."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name

    def describe(self) -> dict[str, Any] | None:
        """The content of sweep.json, None for a sweep that does not exist."""
        content = self.folder.read("sweep.json")
        return json.loads(content) if content is not None else None

    def update(self, **changes: Any) -> None:
        """Change entries of sweep.json."""
        content = {**(self.describe() or {}), **changes}
        self.folder.write("sweep.json", json.dumps(content, indent=1).encode())

    def write_space(self, text: str) -> None:
        """Keep the space file as it was given."""
        self.folder.write("space.yaml", text.encode())

    def space_text(self) -> str:
        """The space file as it was given."""
        return (self.folder.read("space.yaml") or b"").decode()

    def add_result(self, result: Result) -> None:
        """Write a finished trial; writing it again replaces it."""
        self.folder.write(f"results/{result.name}.json", json.dumps(vars(result)).encode())

    def result(self, name: str) -> Result | None:
        """The finished trial of that name."""
        content = self.folder.read(f"results/{name}.json")
        return Result(**json.loads(content)) if content is not None else None

    def results(self) -> Iterator[Result]:
        """All finished trials, ordered by name."""
        for key in sorted(entry.key for entry in self.folder.inside("results").entries()):
            result = self.result(key.removesuffix(".json"))
            if result is not None:
                yield result

    def request_stop(self) -> None:
        """Ask the driver to stop at the next occasion."""
        self.folder.write("stop", b"")

    def stop_requested(self) -> bool:
        """Whether somebody asked."""
        return self.folder.exists("stop")

    def clear_stop(self) -> None:
        """Forget an earlier request."""
        self.folder.delete("stop")


    @property
    def report_folder(self) -> Path:
        """Where reports go unless the user names a place: into this folder if it is one on this machine."""
        return self.folder.path / "report" if isinstance(self.folder, LocalFolder) else Path("reports") / self.name


class Home:
    """The place that all sweeps of a user share."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.folder = open_folder(place)

    @property
    def trajectories(self) -> Folder:
        """Where the trajectory store lives."""
        return self.folder.inside("trajectories")

    def sweep(self, name: str) -> SweepHome:
        """The part of one sweep, whether it exists or not."""
        return SweepHome(self.folder.inside(name), name)

    def existing(self, name: str) -> SweepHome:
        """The part of a sweep that exists; raises UserError naming those that do."""
        sweep = self.sweep(name)
        if sweep.describe() is None:
            known = ", ".join(self.names()) or "none"
            raise UserError(f"there is no sweep '{name}' in {self.place}; there are: {known}")
        return sweep

    def names(self) -> list[str]:
        """All sweeps in this home."""
        return [name for name in self.folder.children() if self.folder.exists(f"{name}/sweep.json")]

    def database(self, name: str) -> str:
        """The URL of an SQLite database in this home; raises UserError where the home is no local folder."""
        if not isinstance(self.folder, LocalFolder):
            raise UserError(f"{self.place} is no local folder, so its databases must be named in the space file: "
                            "storage.studies and tracking.uri")
        self.folder.path.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.folder.path / name}"
