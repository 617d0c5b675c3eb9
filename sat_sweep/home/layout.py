"""The home of all sweeps of a user: where everything that is known of them is kept.

    <home>/trajectories/            states and records, shared by all sweeps of this home
    <home>/evidence/                what confirmed trials know of each example's label, shared as well
    <home>/studies.db, mlflow.db    Optuna's and MLflow's databases, unless the space file names others
    <home>/<sweep>/space.yaml       what was asked, word for word
    <home>/<sweep>/sweep.json       the same resolved, with versions and data fingerprint; beside it a copy
    <home>/<sweep>/status.json      how far it is
    <home>/<sweep>/results/<study>/<trial>.json
    <home>/<sweep>/report/
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from sat_sweep.errors import UserError
from sat_sweep.home.files import Folder, LocalFolder, open_folder
from sat_sweep.home.key import home_key, use_key_in
from sat_sweep.home.names import LONGEST, is_folder_name
from sat_sweep.home.sweep_home import RECORD, SweepHome

HOME_VARIABLE = "SAT_SWEEP_HOME"
STUDIES_VARIABLE, TRACKING_VARIABLE = "SAT_SWEEP_STUDIES", "SAT_SWEEP_TRACKING"
"""Where studies and MLflow's records are kept if no space file says; a service sets them for its sweeps."""


def choose_home(option: str | None, of_file: str | None = None) -> str:
    """The home that counts: the option, else the variable SAT_SWEEP_HOME, else the space file's, else `sweeps`.

    From now on this process uses the key that a service has left there, unless it has one (`home.key`). Raises
    UserError for one that cannot be used.
    """
    home = option or os.environ.get(HOME_VARIABLE) or of_file or "sweeps"
    if "://" not in home:  # the client of a store is slow to load
        use_key_in(Path(home).expanduser())
    home_key()
    return home


class Home:
    """The place that all sweeps of a user share."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.folder = open_folder(place)

    @property
    def address(self) -> str:
        """Its place so that it means the same to every process: a worker may run in another folder."""
        return str(self.folder.path) if isinstance(self.folder, LocalFolder) else self.place

    @property
    def trajectories(self) -> Folder:
        """Where the trajectory store lives."""
        return self.folder.inside("trajectories")

    @property
    def evidence(self) -> Folder:
        """Where confirmed trials leave what they know of labels."""
        return self.folder.inside("evidence")

    def sweep(self, name: str) -> SweepHome:
        """The part of one sweep, whether it exists or not; raises UserError for what is no name."""
        if not is_folder_name(name):
            raise UserError(f"{name[:LONGEST]!r} is no sweep's name: that has letters, digits, dot, dash and "
                            f"underscore, {LONGEST} at most, and begins with a letter or digit")
        return SweepHome(self.folder.inside(name), name)

    def existing(self, name: str) -> SweepHome:
        """The part of a sweep that exists; raises UserError naming those that do, StoreUnavailable."""
        self.folder.check()
        sweep = self.sweep(name)
        if not sweep.folder.exists(RECORD):
            known = ", ".join(self.names()) or "none"
            raise UserError(f"there is no sweep '{name}' in {self.place}; there are: {known}")
        return sweep

    def names(self) -> list[str]:
        """All sweeps in this home; raises StoreUnavailable."""
        self.folder.check()
        names = list(filter(is_folder_name, self.folder.children()))
        return [name for name, found in zip(names, self._are_sweeps(names), strict=True) if found]

    def _are_sweeps(self, names: Sequence[str]) -> Iterator[bool]:
        """Whether each is a sweep; on an object store many are asked about at the same time."""
        with ThreadPoolExecutor(16 if self.folder.distant else 1) as threads:
            yield from threads.map(lambda name: self.folder.exists(f"{name}/{RECORD}"), names)

    @contextmanager
    def marked(self) -> Iterator[Path]:
        """A file that lies in the home meanwhile: whoever sees it shares this home. Only for one that is a folder."""
        assert isinstance(self.folder, LocalFolder)
        made = [place for place in (self.folder.path, *self.folder.path.parents) if not place.exists()]
        mark = f".seen-{uuid.uuid4().hex}"
        self.folder.write(mark, b"")
        try:
            yield self.folder.path / mark
        finally:
            self.folder.delete(mark)
            for place in made:
                with suppress(OSError):  # somebody has begun to use it
                    place.rmdir()

    @property
    def studies(self) -> str:
        """The Optuna storage of sweeps that name none: $SAT_SWEEP_STUDIES, else a database as of `database`."""
        return os.environ.get(STUDIES_VARIABLE) or self.database("studies.db")

    @property
    def tracking(self) -> str:
        """The MLflow of sweeps that name none: $SAT_SWEEP_TRACKING, else a database as of `database`."""
        return os.environ.get(TRACKING_VARIABLE) or self.database("mlflow.db")

    def database(self, name: str) -> str:
        """The URL of an SQLite database in this home; raises UserError where the home is no local folder."""
        if not isinstance(self.folder, LocalFolder):
            raise UserError(f"{self.place} is no local folder, so its databases must be named in the space file: "
                            "storage.studies and tracking.uri")
        self.folder.path.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.folder.path / name}"
