"""From a space file to the studies it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sat_sweep.config.checks import check_space
from sat_sweep.config.dimension import search_space
from sat_sweep.config.length import depends_on_steps, training_length
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.study import Study
from sat_sweep.data import NoiseLevel, training_images
from sat_sweep.errors import DataUnavailable, SpaceFileError
from sat_sweep.settings import digest


@dataclass(frozen=True)
class Plan:
    """The studies of a sweep, noise level by noise level, methods in the order of the file."""

    space: SpaceFile
    studies: tuple[Study, ...]
    unknown: str | None = None
    """Why the number of steps in an epoch is not known, where a method has settings relative to it.

    Such settings are then per epoch, which is good enough to look at; to run, plan again once the data are here.
    """

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


def plan(space: SpaceFile, images: int | None = None) -> Plan:
    """What `space` asks for; raises SpaceFileError if its parts do not fit together.

    No data are loaded. `images` is how many there are to train and validate on, for whoever has loaded them; else the
    dataset is asked where a method depends on it, and what it cannot tell without its files stays `unknown`.
    """
    if problems := check_space(space):
        raise SpaceFileError(space.name, problems)
    images, unknown = (images, None) if images or not depends_on_steps(space) else _counted(space)
    studies = [_study(space, method, level, images) for level in space.noise.levels() for method in space.methods]
    return Plan(space, tuple(studies), unknown)


def _counted(space: SpaceFile) -> tuple[int | None, str | None]:
    """How many images there are, or why nobody knows."""
    try:
        return training_images(space.dataset), None
    except DataUnavailable as error:
        return None, str(error)


def _study(space: SpaceFile, method: str, level: NoiseLevel, images: int | None) -> Study:
    dimensions, fixed = search_space(method, space, training_length(space.training, space.dataset, images))
    return Study(
        sweep=space.name, method=method, noise=level, dimensions=dimensions, fixed=fixed, images=images,
        trials=space.search.trials if dimensions else 1, batch=space.search.batch, space=space,
        key=f"{method}/{_folder_name(level.label)}",
    )


def _folder_name(label: str) -> str:
    """`label` if it can name a folder anywhere, else something close with a mark that keeps it unique."""
    safe = re.sub(r"[^A-Za-z0-9._+-]", "_", label).strip(".")
    return safe if safe == label else f"{safe}-{digest(label)[:6]}"
