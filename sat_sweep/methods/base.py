"""What a method is: an algorithm (how a step is taken) with any number of dynamics (what is done to the run).

    for epoch in 1 … epochs:
        method.begin_epoch(run)
        for each batch:
            algorithm.update(tools, batch, epoch)      # for an objective: forward, loss, backward, optimiser step
            dynamics.after_step(run, step)
        evaluate algorithm.predict, remember the best weights, record

Most algorithms are a loss on the logits of one network: an `Objective`, which writes `loss` and nothing more. One
that needs more (two networks, trusted examples, other inputs) is an `Algorithm` and owns its step. An epoch here and
everywhere in this package is counted from 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeVar, final

from sat_sweep.methods.parameters import Parameters
from sat_sweep.registry import Registry
from sat_sweep.tasks.measure import Selection

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn


@dataclass(slots=True)
class Batch:
    """One mini-batch of the training set.

    `index` (B,) are positions in it, `labels` (B,) the given, possibly wrong labels, `inputs` (B, …) the normalised
    and augmented images or features.
    """

    index: Tensor
    labels: Tensor
    inputs: Tensor


class Update(NamedTuple):
    """What a step predicted and lost, detached: logits (B, outputs) for the batch's own labels, and the scalar loss."""

    logits: Tensor
    loss: Tensor


class Need(Enum):
    """What a method is told or lent beyond noisy labels and one network; the value is how tables say it."""

    TRUSTED = "trusted examples (dataset.trusted)"
    SECOND_NETWORK = "a second network"


class Setting(NamedTuple):
    """What a method may know about its trial before it starts; `selection` is what the best epoch is chosen by."""

    epochs: int
    steps_per_epoch: int
    examples: int
    classes: int
    seed: int
    selection: Selection


class Record(Protocol):
    """What a method reads of a finished epoch."""

    @property
    def epoch(self) -> int:
        """Counted from 1."""
    @property
    def metrics(self) -> dict[str, float]:
        """Its metrics by name."""


class Network(Protocol):
    """A network with the optimiser that trains it."""

    module: nn.Module

    def descend(self, loss: Tensor) -> None:
        """One optimiser step down the gradient of the scalar `loss`, which starts from zero."""


class LabelledPart(Protocol):
    """Examples on the device."""

    @property
    def inputs(self) -> Tensor:
        """Normalised, (N, …)."""

    @property
    def labels(self) -> Tensor:
        """(N,) int64."""


class Tools(Protocol):
    """What the run lends to a step."""

    @property
    def trusted(self) -> LabelledPart | None:
        """Examples with true labels, if the file sets some aside (`dataset.trusted`)."""

    def network(self, name: str = "main") -> Network:
        """The network called `name`, made when it is first asked for.

        Each further one has the same architecture, its own initialisation stream, an optimiser of its own and its
        place in the run's state.
        """

    def views(self, batch: Batch, kind: str = "auto") -> Tensor:
        """A further augmented view (B, …) of the images of `batch`; `kind` as in `training.augmentation`."""

    def random(self, name: str) -> np.random.Generator:
        """The generator called `name` of this epoch: what it draws moves no other stream."""

    def forward(self, network: Network, inputs: Tensor, parameters: Mapping[str, Tensor] | None = None) -> Tensor:
        """Logits (B, outputs), float32, of `network` in its current mode; autocast is inside.

        With `parameters` these stand in for the network's own, gradients flow into them, and running averages of its
        buffers stay as they are.
        """

    def descend(self, network: Network, loss: Tensor) -> None:
        """One optimiser step of `network` on the scalar `loss`, whose gradients start from zero."""


class Run(Protocol):
    """What methods may read and change of a run between steps; `training.run` provides it."""

    epoch: int
    history: list[Any]
    best: dict[str, Tensor]
    """Weights, buffers and optimiser state of the best epoch so far by the task's selection, flat by name."""

    @property
    def labels(self) -> Tensor:
        """The given labels of the training set, (N,) on the device."""

    def network(self, name: str = "main") -> Network:
        """As the tools'."""

    def restore(self, snapshot: dict[str, Tensor], layers: str, with_optimizer: bool) -> None:
        """Put back what of `snapshot` starts with `layers` ("" is all); the optimiser's part only `with_optimizer`."""


class Method(ABC):
    """Shared by algorithms and dynamics.

    Whatever the method remembers between steps is a tensor in `memory`; the loop stores, restores and moves it.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    Parameters: ClassVar[type[Parameters]]
    needs: ClassVar[frozenset[Need]] = frozenset()

    def __init__(self, parameters: Any, setting: Setting) -> None:
        self.parameters, self.setting = parameters, setting
        self.memory: dict[str, Tensor] = {}

    @abstractmethod
    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Everything of this method that acts in `epoch`, JSON-serialisable; {} while it behaves like its base.

        The base of an algorithm is cross-entropy of one network on the logits of the classes, that of dynamics is
        doing nothing. `history` holds the records of all epochs before `epoch`. Two trials whose influences agree so
        far are the same run so far.
        """

    def begin_epoch(self, run: Run) -> None:  # noqa: B027 - most methods have nothing to prepare
        """Called before the first step of `run.epoch`."""


class Algorithm(Method):
    """How a step is taken, and what evaluation sees of the result."""

    def outputs(self, classes: int) -> int:
        """How many logits its networks have for so many `classes`; those of the classes come first."""
        return classes

    @abstractmethod
    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """Take one step on `batch`; must not synchronise with the device."""

    @abstractmethod
    def predict(self, tools: Tools, inputs: Tensor) -> Tensor:
        """Logits (B, outputs) for normalised `inputs`: of one network, of a mean of two, of a teacher."""


class Objective(Algorithm):
    """An algorithm that is a loss on the logits of one network."""

    @abstractmethod
    def loss(self, logits: Tensor, batch: Batch, epoch: int) -> Tensor:
        """The scalar to minimise for `logits` (B, outputs) of the training pass; may update `memory`."""

    @final
    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step down the gradient of the loss."""
        network = tools.network()
        logits = tools.forward(network, batch.inputs)
        loss = self.loss(logits, batch, epoch)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())

    @final
    def predict(self, tools: Tools, inputs: Tensor) -> Tensor:
        """The network's own logits."""
        return tools.forward(tools.network(), inputs)


class Dynamics(Method):
    """What is done to the run beside the steps of the algorithm."""

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
