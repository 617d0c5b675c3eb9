"""A study: one method under one condition, with its search space and the trials that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sat_sweep.config.conditions import Condition
from sat_sweep.config.dimension import Dimension
from sat_sweep.config.grace import pruning_grace
from sat_sweep.config.leaves import BLOCKS, below, complete_parameters, with_value
from sat_sweep.config.length import training_length
from sat_sweep.config.space import SpaceFile
from sat_sweep.data import NoiseLevel
from sat_sweep.imports.plugins import foreign_code
from sat_sweep.methods import parse, told
from sat_sweep.settings import Closed, digest
from sat_sweep.tasks import smoothing_window
from sat_sweep.training.spec import TrainingSpec, TrialSpec, Value

__all__ = ["Dimension", "Study"]

B = TypeVar("B", bound=Closed)

FORMAT = 1
"""Raised whenever the same file would come to mean other trials."""


@dataclass(frozen=True)
class Study:
    """One method under one condition. Two studies of a sweep differ in nothing else."""

    sweep: str
    method: str
    condition: Condition
    dimensions: tuple[Dimension, ...]
    fixed: dict[str, Value]
    """Method parameters that the search does not move and that are not at their defaults."""
    trials: int
    """As asked for; 1 if there is nothing to search."""
    batch: int
    space: SpaceFile
    """As it is under this condition."""
    images: int | None
    """Images that training and validation come from; None where nobody can tell before the data are here."""
    key: str
    """Unique in the sweep and safe as a relative path: `sat+reset/symmetric-0.4`."""

    @property
    def noise(self) -> NoiseLevel:
        """The noise level of its condition."""
        return self.condition.noise

    def search_spec(self, values: Mapping[str, Value]) -> TrialSpec:
        """The trial of the search with a value for each dimension; raises ValueError if the names differ."""
        evaluate = "all" if self.space.diagnostics else "noisy"
        return self._spec(values, seed=self.space.seed, train_on="train", evaluate=evaluate)

    def typical_spec(self) -> TrialSpec:
        """A trial of the search in the middle of all ranges: what to measure before anything has been drawn."""
        return self.search_spec({dimension.name: dimension.middle for dimension in self.dimensions})

    def confirm_spec(self, values: Mapping[str, Value], index: int) -> TrialSpec:
        """The trial that confirms `values` with fresh seed `index` (from 0), the same for every method."""
        seed = self.space.seed + 1 + index
        return self._spec(values, seed=seed, train_on=self.space.confirm.train_on, evaluate="all")

    @property
    def one_root(self) -> bool:
        """Whether all its trials of one seed start out as the same run: nothing but the method is searched."""
        return not any(dimension.name.split(".")[0] in BLOCKS for dimension in self.dimensions)

    def grace(self) -> int:
        """Epochs before which nothing is pruned, at most all; the same for every study under a condition."""
        return self._grace

    @property
    def smooth(self) -> int:
        """Epochs over which the selection score is averaged."""
        return smoothing_window(self.space.training.epochs, self.space.search.smooth)

    @cached_property
    def _grace(self) -> int:
        return pruning_grace(self.space)

    @property
    def ranges(self) -> dict[str, dict[str, Any]]:
        """What the search moves, by setting, as plain data for the sweep's record."""
        return {axis.name: axis.as_data() for axis in self.dimensions}

    @property
    def told(self) -> list[str]:
        """What its method knows that others do not, in words; also what only some settings of the search tell it."""
        tried = [{}, *({axis.name: choice} for axis in self.dimensions for choice in axis.choices or ())]
        return sorted({what for values in tried for what in told(self.method, {**self.fixed, **values})})

    @cached_property
    def identity(self) -> str:
        """64 hex digits that name everything that decides its trials.

        The number of trials, confirmation, tracking and storage are left out: they may change while it goes
        on. So is the sweep's name: the same study under another name has the same trials.
        """
        pruner = {"name", "reduction"}
        asked: dict[str, Any] = {"batch": True, "sampler": True, "select": True, "pruner": pruner}
        search = self.space.search.model_dump(mode="json", include=asked)
        return digest({
            "format": FORMAT,
            "search": {**search, "grace": self.grace(), "smooth": self.smooth},
            "dimensions": [dimension.as_data() for dimension in self.dimensions],
            "trial": self._common().model_dump(mode="json", exclude={"plugins": True, "model": {"weights"}}),
            **({"code": self._code()} if self._code() else {}),
        })

    def _code(self) -> dict[str, str]:
        """What of it stands in files of its own, by class: where these lie decides nothing, what they say does."""
        return {**self._common().foreign_content(), **foreign_code(*parse(self.method))}

    def _common(self) -> TrialSpec:
        """What all trials of the search share."""
        return TrialSpec(
            parameters={name: value for name, value in self._parameters({}, self.space.training).items()
                        if not self._moves(name)},
            training=self.space.training, model=self.space.model, seed=self.space.seed,
            evaluate="all" if self.space.diagnostics else "noisy", **self._circumstances(),
        )

    def _spec(self, values: Mapping[str, Value], **stage: Any) -> TrialSpec:
        searched = {dimension.name for dimension in self.dimensions}
        if searched != set(values):
            raise ValueError(f"{self.key} searches {sorted(searched)}, got values for {sorted(values)}")
        training = _moved("training", self.space.training, values)
        return TrialSpec(
            parameters=self._parameters(values, training), training=training,
            model=_moved("model", self.space.model, values), **self._circumstances(), **stage,
        )

    def _circumstances(self) -> dict[str, Any]:
        space, resources = self.space, self.space.resources
        return {"plugins": space.plugins, "dataset": space.dataset, "noise": self.noise, "method": self.method,
                "task": space.judging_task, "device": "cuda" if resources.gpus else "cpu", "threads": resources.cpus}

    def _parameters(self, values: Mapping[str, Value], training: TrainingSpec) -> dict[str, Value]:
        """Every parameter of every part: fixed, searched or by default."""
        length = training_length(training, self.space.dataset, self.images)
        return complete_parameters(self.method, {**self.fixed, **values}, length)

    def _moves(self, name: str) -> bool:
        return any(dimension.name == name for dimension in self.dimensions)


def _moved(head: str, block: B, values: Mapping[str, Value]) -> B:
    """`block` of the file with the searched values that belong to it."""
    for path, value in below(head, values).items():
        block = with_value(block, path, value)
    return block
