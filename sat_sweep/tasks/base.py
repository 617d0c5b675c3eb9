"""What a task is: which measures there are, which of them decides, and how a predictor is evaluated.

A task is one file in this folder: a block of settings (`task: {name: selective}`) that registers itself. What the
network outputs is the method's affair (`Algorithm.outputs`): C logits, or more where a method has further outputs
(an abstention). Every task takes the first C of them as the classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple, Self

from pydantic import model_validator
from pydantic.json_schema import SkipJsonSchema

from sat_sweep.imports.lazy import torch
from sat_sweep.registry import Registry
from sat_sweep.settings import Closed, OneOf, later, registrar
from sat_sweep.tasks.measure import Criterion, Measure, Selection

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from sat_sweep.data.device import DevicePart, DeviceUnlabelled

    Predictor = Callable[[Tensor], Tensor]


class Evaluation(NamedTuple):
    """What a task may use to evaluate a run after an epoch.

    `predict` maps normalised inputs (B, …) to logits (B, outputs) in evaluation mode, differentiable where gradients
    are on. `low` and `high`, per channel, are black and white after normalisation. `generator`, on the CPU, is the
    task's own, seeded by trial, epoch and part: what it draws moves no other stream. `true_labels` says whether true
    labels may be read. `observe` is told of inputs and outputs of a whole part whenever `logits_of` has them.
    `validation` is the noisy validation part, to choose by it what is then measured on another; None without one.
    `complete` says whether it is an epoch after which everything is measured: one that `Task.is_due` says is, or the
    last.
    `unlabelled` are training examples without labels, with their true ones where these may be read; None without any.
    `training` is what was trained on, with the given labels alone; `features` maps normalised inputs (B, …) to what
    enters the last layer of the network behind `predict` (B, features), of several one beside the other.
    """

    predict: Predictor
    classes: int
    generator: Generator
    low: Tensor
    high: Tensor
    true_labels: bool
    observe: Callable[[Tensor, Tensor], None] | None = None
    validation: DevicePart | None = None
    complete: bool = True
    unlabelled: DeviceUnlabelled | None = None
    training: DevicePart | None = None
    features: Predictor | None = None


class Task(Closed, ABC):
    """The `task:` block of a space file."""

    needs_unlabelled: ClassVar[bool] = False
    """Whether it measures something of training examples without labels."""
    name: str
    select_by: SkipJsonSchema[str | None] = later(None)
    """One of `criteria`, None for what the task goes by itself; `search.select_by` of a space file."""

    @model_validator(mode="after")
    def _offers_it(self) -> Self:
        if self.select_by is not None and self.select_by not in self.criteria:
            raise ValueError(f"the task {self.name} does not offer to select by '{self.select_by}'")
        return self

    @property
    def criteria(self) -> dict[str, Criterion]:
        """What else a sweep may go by, by name; {} where there is nothing to choose."""
        return {}

    def selecting_by(self, criterion: str | None) -> Self:
        """The task that goes by `criterion`, one of its `criteria`; None: by what it goes by itself."""
        return self.model_copy(update={"select_by": criterion})

    @property
    @abstractmethod
    def measures(self) -> tuple[Measure, ...]:
        """Every measure of this task, in the order in which reports show them."""

    @property
    @abstractmethod
    def selection(self) -> Selection:
        """The measure that search, pruning and the choice of an epoch go by."""

    @property
    @abstractmethod
    def answer(self) -> Measure:
        """The measure, of the test part, that methods are compared by in the end."""

    @property
    def extra(self) -> tuple[str, str] | None:
        """A package that it needs with these options beside those of sat-sweep, and the extra that brings it."""
        return None

    def is_due(self, epoch: int) -> bool:
        """Whether everything is measured after `epoch` (from 1), were it not the last; after the last it always is.

        In other epochs `on_validation` and `on_test` may leave measures out, the selection's too.
        """
        return True

    def misfit(self, input_shape: tuple[int, ...]) -> str | None:
        """Why inputs of this shape are nothing for this task, with the remedy; None if they are."""
        return None

    @abstractmethod
    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, Tensor]:
        """Scalars on the device by the names of `measures`, for the noisy validation part."""

    @abstractmethod
    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, Tensor]:
        """Scalars on the device by the names of `measures`, for the test part; called in the confirm stage alone."""

    @property
    def ends_with(self) -> tuple[Measure, ...]:
        """What `at_end` measures; they belong to `measures` too."""
        return ()

    def at_end(self, part: DevicePart, evaluation: Evaluation) -> dict[str, Tensor]:
        """As `on_test`, what takes too long for every epoch: once, after the last one of a confirmed trial."""
        return {}

    def reservation(self, measured: Collection[str]) -> str | None:
        """What readers of a report must know that has `measured` these test measures, by name; None: nothing."""
        return None


tasks: Registry[type[Task]] = Registry("task", "sat_sweep.tasks")
AnyTask = Annotated[Task, OneOf(tasks, by="name")]
register = registrar(tasks, by="name")
"""Class decorator: makes a task known by its `name`."""


EVALUATION_BATCH = 1024


def logits_of(inputs: Tensor, evaluation: Evaluation) -> Tensor:
    """All outputs (N, outputs) of the predictor, float32, without gradients, a batch at a time."""
    with torch.inference_mode():
        logits = torch.cat([evaluation.predict(batch).float() for batch in inputs.split(EVALUATION_BATCH)])
    if evaluation.observe is not None:
        evaluation.observe(inputs, logits)
    return logits


def features_of(inputs: Tensor, evaluation: Evaluation) -> Tensor:
    """The features (N, features) of `inputs`, float32, without gradients, a batch at a time."""
    assert evaluation.features is not None
    with torch.inference_mode():
        return torch.cat([evaluation.features(batch).float() for batch in inputs.split(EVALUATION_BATCH)])


def of_classes(logits: Tensor, classes: int) -> Tensor:
    """The `classes` first of `logits` (B, outputs): all but an abstention and its like."""
    return logits if logits.shape[1] == classes else logits[:, :classes]
