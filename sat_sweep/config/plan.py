"""From a space file to the studies it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sat_sweep.config.checks import check_space
from sat_sweep.config.conditions import Condition, conditions, point_label
from sat_sweep.config.dimension import search_space
from sat_sweep.config.length import depends_on_steps, training_length
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.study import Study
from sat_sweep.data import DatasetSpec, training_images
from sat_sweep.errors import DataUnavailable, SpaceFileError
from sat_sweep.home import baseline_of


@dataclass(frozen=True)
class Plan:
    """The studies of a sweep, condition by condition, methods in the order of the file.

    It is made once per launch; whoever needs studies, their trials or their data takes them from here.
    """

    space: SpaceFile
    studies: tuple[Study, ...]
    unknown: str = ""
    """Why the number of steps in an epoch is not known, where a method has settings relative to it; else empty.

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
        seeds = self.space.confirm.seeds
        return sum((study.trials + seeds) * study.space.training.epochs for study in self.studies)

    @property
    def baseline(self) -> str:
        """With which method the others are compared."""
        return baseline_of(self.space.baseline, {study.method: bool(study.told) for study in self.studies}) or ""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the methods are compared under, in order."""
        return tuple({study.key.partition("/")[2]: study.condition for study in self.studies}.values())

    @property
    def spaces(self) -> tuple[SpaceFile, ...]:
        """The space file as it is at each point of its `vary` block; without one just itself."""
        return tuple({point_label(study.condition.vary): study.space for study in self.studies}.values())

    @property
    def datasets(self) -> tuple[DatasetSpec, ...]:
        """What has to be loaded: one dataset, unless something of it varies."""
        return tuple({space.dataset.digest(): space.dataset for space in self.spaces}.values())


Count = Callable[[DatasetSpec], int]


def plan(space: SpaceFile, count: Count = training_images) -> Plan:
    """What `space` asks for; raises SpaceFileError if its parts do not fit together.

    No data are loaded. `count` tells how many images a dataset has to train and validate on; whoever has loaded them
    knows. It is asked where a method depends on it, and what it cannot tell (DataUnavailable) stays `unknown`.
    """
    if problems := check_space(space):
        raise SpaceFileError(space.name, problems)
    counted = _Counted(count if depends_on_steps(space) else lambda dataset: None)
    studies = [_study(there, method, condition, counted.images(there.dataset))
               for condition, there in conditions(space) for method in space.methods]
    return Plan(space, tuple(studies), counted.unknown)


class _Counted:
    """How many images each dataset has, asked once; `unknown` says why nobody can tell of one."""

    def __init__(self, count: Callable[[DatasetSpec], int | None]) -> None:
        self._count, self._known, self.unknown = count, dict[str, int | None](), ""

    def images(self, dataset: DatasetSpec) -> int | None:
        key = dataset.digest()
        if key not in self._known:
            try:
                self._known[key] = self._count(dataset)
            except DataUnavailable as error:
                self._known[key], self.unknown = None, str(error)
        return self._known[key]


def _study(space: SpaceFile, method: str, condition: Condition, images: int | None) -> Study:
    dimensions, fixed = search_space(method, space, training_length(space.training, space.dataset, images))
    return Study(
        sweep=space.name, method=method, condition=condition, dimensions=dimensions, fixed=fixed, images=images,
        trials=space.search.trials if dimensions else 1, batch=space.search.batch, space=space,
        key=f"{method}/{condition.folder}",
    )
