"""What a method is: an objective (what is minimised) with any number of dynamics (what is done to the run).

    for epoch in 1 … epochs:
        method.begin_epoch(run)
        for each batch:
            logits = model(inputs)
            objective.loss(logits, batch, epoch).backward();  optimizer.step()
            dynamics.after_step(run, step)
        evaluate, remember the best weights, record

An epoch here and everywhere in this package is counted from 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor

from sat_sweep.methods.parameters import Parameters
from sat_sweep.registry import Registry


@dataclass(slots=True)
class Batch:
    """One mini-batch: `index` (B,) positions in the training set and the given, possibly wrong, `labels` (B,)."""

    index: Tensor
    labels: Tensor


class Setting(NamedTuple):
    """What a method may know about its trial before it starts."""

    epochs: int
    steps_per_epoch: int
    examples: int
    classes: int
    seed: int


class Record(Protocol):
    """What a method reads of a finished epoch."""

    @property
    def epoch(self) -> int:
        """Counted from 1."""
    @property
    def metrics(self) -> dict[str, float]:
        """Its metrics by name."""


class Run(Protocol):
    """What dynamics may read and change of a run; `training.loop` provides it."""

    epoch: int
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    history: list[Any]
    best: dict[str, Tensor]
    """The weights, buffers and optimiser state of the best epoch so far by noisy validation accuracy, flat by name."""

    @property
    def labels(self) -> Tensor:
        """The given labels of the training set, (N,) on the device."""
        ...

    def restore(self, snapshot: dict[str, Tensor], layers: str, with_optimizer: bool) -> None:
        """Put back the part of `snapshot` whose names start with `layers` ("" is all)."""
        ...


class Method(ABC):
    """Shared by objectives and dynamics.

    Whatever the method remembers between steps is a tensor in `memory`; the loop stores, restores and moves it.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    Parameters: ClassVar[type[Parameters]]

    def __init__(self, parameters: Any, setting: Setting) -> None:
        self.parameters, self.setting = parameters, setting
        self.memory: dict[str, Tensor] = {}

    @abstractmethod
    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Everything of this method that acts in `epoch`, JSON-serialisable; {} while it behaves like its base.

        The base of an objective is cross-entropy, that of dynamics is doing nothing. `history` holds the records
        of all epochs before `epoch`. Two trials whose influences agree so far are the same run so far.
        """

    def begin_epoch(self, run: Run) -> None:  # noqa: B027 - most methods have nothing to prepare
        """Called before the first step of `run.epoch`."""


class Objective(Method):
    """What is minimised."""

    @abstractmethod
    def loss(self, logits: Tensor, batch: Batch, epoch: int) -> Tensor:
        """The scalar to minimise for `logits` (B, C) of the training pass; may update `memory`."""


class Dynamics(Method):
    """What is done to the run beside minimising."""

    needs_validation: ClassVar[bool] = False

    @abstractmethod
    def after_step(self, run: Run, step: int) -> None:
        """Called after optimiser step `step` (from 0) of `run.epoch`; must not synchronise with the device."""


registry: Registry[type[Method]] = Registry("method", "sat_sweep.methods")

M = TypeVar("M", bound=type[Method])


def register(cls: M) -> M:
    """Make a method known by its `name`."""
    registry.add(cls.name, cls)
    return cls
