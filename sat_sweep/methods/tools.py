"""What a run lends to its method: during a step (`Tools`), between steps (`Run`), and before it starts (`Setting`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

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

    @property
    def learning_rate(self) -> float:
        """The one of now."""

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
