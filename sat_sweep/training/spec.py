"""The trial spec: everything that one training run depends on, resolved, serialisable, hashable."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sat_sweep.data import AnyAugmentation, AnyDataset, NoiseLevel, noises, registered_parts
from sat_sweep.imports.plugins import AnyPlugin, foreign_code
from sat_sweep.models import AnyModel, content_of
from sat_sweep.settings import Closed, later
from sat_sweep.tasks import AnyTask
from sat_sweep.tasks.classification import Classification
from sat_sweep.training.optimizers import SGD, AnyOptimizer
from sat_sweep.training.schedules import AnySchedule, Cosine

Value = bool | int | float | str


class TrainingSpec(Closed):
    """How long and with what a network is trained; the `training:` block of a space file."""

    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = 40
    """Passes over the training images."""
    batch_size: Annotated[int, Field(ge=1, le=1_000_000_000)] = 64
    """Examples per optimiser step."""
    optimizer: AnyOptimizer = SGD()
    """How weights follow gradients."""
    schedule: AnySchedule = Cosine()
    """What the learning rate is multiplied by, epoch by epoch."""
    augmentation: AnyAugmentation = "auto"
    """What is done to training images at random: names joined by +, such as `crop+flip`; `auto` is what suits the
    dataset, `none` for features."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """`bfloat16`: automatic mixed precision, faster on GPUs that have it."""
    deterministic: bool = False
    """Only kernels of torch that give the same numbers each time, slower on a GPU; a CPU needs no switch for that."""


class TrialSpec(Closed):
    """One trial.

    `parameters` are the method's, flat and complete (`{"sat.momentum": 0.9, …}`); what is absent takes the method's
    default. `evaluate` is "noisy" where only noisy validation labels may be looked at (search), "all" where clean
    validation and test labels may be read as well (confirm). `threads` is part of the spec since it decides how
    floating-point sums are grouped.
    """

    plugins: tuple[AnyPlugin, ...] = later(())
    """First of all fields, since the others may name what plug-ins bring."""
    dataset: AnyDataset
    noise: NoiseLevel
    method: str
    parameters: dict[str, Value] = Field({})
    model: AnyModel
    training: TrainingSpec = TrainingSpec()
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    train_on: Literal["train", "trainval"] = "train"
    evaluate: Literal["noisy", "all"] = "noisy"
    device: Literal["cpu", "cuda"] = "cpu"
    threads: Annotated[int, Field(ge=1, le=4096)] = 1
    task: AnyTask = later(Classification())

    @property
    def augmentation(self) -> str:
        """The augmentation that is really done: of "auto", the dataset's."""
        chosen = self.training.augmentation
        return self.dataset.augmentation if chosen == "auto" else chosen

    @property
    def confirms(self) -> bool:
        """Whether it belongs to the confirm stage."""
        return self.evaluate == "all"

    @property
    def evaluated_at_end(self) -> int | None:
        """The epoch after which the task measures what it measures once; None where it measures no such thing."""
        return self.training.epochs if self.confirms and self.task.ends_with else None

    def ends_apart(self, epoch: int) -> bool:
        """Whether after `epoch` more is measured than if training went on."""
        last = epoch == self.training.epochs
        return last and (epoch == self.evaluated_at_end or not self.task.is_due(epoch))

    def foreign_content(self) -> dict[str, str]:
        """The SHA-256 of what decides and stands elsewhere: code of plug-ins by class or function, pretrained weights.

        Data and methods are told apart elsewhere.
        """
        code = foreign_code(type(self.model), type(self.task), noises[self.noise.kind],
                            *registered_parts(self.augmentation))
        return {**code, **content_of(self.model)}
