"""From a space file to the studies it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sat_sweep.config.checks import check_space
from sat_sweep.config.dimension import search_space
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.study import Study
from sat_sweep.data import NoiseLevel
from sat_sweep.errors import SpaceFileError
from sat_sweep.settings import digest


@dataclass(frozen=True)
class Plan:
    """The studies of a sweep, noise level by noise level, methods in the order of the file."""

    space: SpaceFile
    studies: tuple[Study, ...]

    @property
    def search_trials(self) -> int:
        """Trials of all searches."""
        return sum(study.trials for study in self.studies)

    @property
    def side_by_side(self) -> int:
        """How many trials of the searches can run at the same time."""
        return sum(min(study.batch, study.trials) for study in self.studies)

    @property
    def confirm_trials(self) -> int:
        """Trials of all confirmations."""
        return len(self.studies) * self.space.confirm.seeds

    @property
    def epochs(self) -> int:
        """Epochs that are asked for; pruning and sharing spare some."""
        return (self.search_trials + self.confirm_trials) * self.space.training.epochs


def plan(space: SpaceFile) -> Plan:
    """What `space` asks for; raises SpaceFileError if its parts do not fit together."""
    if problems := check_space(space):
        raise SpaceFileError(space.name, problems)
    levels = space.noise.levels()
    return Plan(space, tuple(_study(space, method, level) for level in levels for method in space.methods))


def _study(space: SpaceFile, method: str, level: NoiseLevel) -> Study:
    dimensions, fixed = search_space(method, space)
    return Study(
        sweep=space.name, method=method, noise=level, dimensions=dimensions, fixed=fixed,
        trials=space.search.trials if dimensions else 1, batch=space.search.batch, space=space,
        key=f"{method}/{_folder_name(level.label)}",
    )


def _folder_name(label: str) -> str:
    """`label` if it can name a folder anywhere, else something close with a mark that keeps it unique."""
    safe = re.sub(r"[^A-Za-z0-9._+-]", "_", label).strip(".")
    return safe if safe == label else f"{safe}-{digest(label)[:6]}"
