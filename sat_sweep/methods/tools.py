"""What a run lends to its method: during a step (`Tools`), between steps (`Run`), and before it starts (`Setting`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
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
    and augmented images or features. `weights` (B,), of mean 1 over the training set, is how much each example counts;
    None: all the same.
    """

    index: Tensor
    labels: Tensor
    inputs: Tensor
    weights: Tensor | None = None


@dataclass(slots=True)
class UnlabelledBatch:
    """Unlabelled examples of a step: their positions `index` (B,) among all of these."""

    index: Tensor


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
    validated: bool = True
    """Whether there is a validation part: with `train_on: trainval` there is none."""
    width: int | None = None
    """The option `width` of the network; None for one that has none."""


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What holds for the steps of one epoch; each epoch starts with what the file says."""

    learning_rate: float
    weight_decay: float
    batch_size: int
    clip_norm: float = math.inf
    """The longest gradient of a network; a longer one is shortened to this."""
    temperature: float = 1.0
    """What the logits of training passes are divided by."""
    augmentation: float = 1.0
    """How far augmentation goes, from not at all (0) to as the file has it (1)."""
    unlabelled_weight: float = 1.0
    """What methods multiply the terms of their losses with that need no label."""


Layers = str | tuple[str, ...]
"""Parameters and buffers whose names begin with it, or with one of these; "" is all."""


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

    def descend_along(self, gradients: Mapping[str, Tensor]) -> None:
        """One optimiser step with `gradients`, by name of parameter, that were computed in another way."""


class LabelledPart(Protocol):
    """Examples on the device."""

    @property
    def inputs(self) -> Tensor:
        """Normalised, (N, …)."""

    @property
    def labels(self) -> Tensor:
        """(N,) int64."""


class UnlabelledPart(Protocol):
    """Examples without labels on the device."""

    @property
    def inputs(self) -> Tensor:
        """Normalised, (N, …)."""


class Tools(Protocol):
    """What the run lends to a step."""

    settings: StepSettings
    """What holds for the steps of this epoch."""

    @property
    def trusted(self) -> LabelledPart | None:
        """Examples with true labels, if the file sets some aside (`dataset.trusted`)."""

    @property
    def bounds(self) -> tuple[Tensor, Tensor]:
        """A black and a white pixel after normalisation, per channel, (C,)."""

    @property
    def unlabelled(self) -> UnlabelledPart | None:
        """Training examples without labels, if the file keeps labels of some alone (`dataset.labelled`)."""

    def network(self, name: str = "main") -> Network:
        """The network called `name`, made when it is first asked for.

        Each further one has the same architecture, its own initialisation stream, an optimiser of its own and its
        place in the run's state.
        """

    def views(self, batch: Batch | UnlabelledBatch, kind: str = "auto") -> Tensor:
        """A further augmented view (B, …) of the images of `batch`; `kind` as in `training.augmentation`.

        There `auto` may be followed by more, each done once: `auto+rand_augment` on top of the trial's own.
        """

    def random(self, name: str) -> np.random.Generator:
        """The generator called `name` of this epoch: what it draws moves no other stream."""

    def forward(self, network: Network, inputs: Tensor, parameters: Mapping[str, Tensor] | None = None) -> Tensor:
        """Logits (B, outputs), float32, of `network` in its current mode; autocast is inside.

        With `parameters` these stand in for the network's own, gradients flow into them, and running averages of its
        buffers stay as they are.
        """

    def in_evaluation_mode(self, network: Network) -> AbstractContextManager[None]:
        """Within it `network` predicts as evaluation does, which leaves its buffers as they are; then as before."""

    def descend(self, network: Network, loss: Tensor) -> None:
        """One optimiser step of `network` on the scalar `loss`, whose gradients start from zero."""


class Run(Protocol):
    """What methods may read and change of a run between steps; `training.run` provides it."""

    epoch: int
    history: list[Any]
    settings: StepSettings
    best: dict[str, Tensor]
    """Weights, buffers and optimiser state of the best epoch so far by the task's selection, flat by name."""

    @property
    def inputs(self) -> Tensor:
        """The inputs of the training set, (N, …) on the device, normalised and not augmented."""

    @property
    def labels(self) -> Tensor:
        """The given labels of the training set, (N,) on the device."""

    @property
    def transition(self) -> Tensor | None:
        """The true P(given label = j | true label = i), (C, C), where it is known; who asks is told more."""

    @property
    def error_rate(self) -> float | None:
        """The true share of wrong labels in [0, 1], where it is known; who asks is told more."""

    @property
    def networks(self) -> Mapping[str, Network]:
        """All networks that were asked for, by name."""

    @property
    def trained(self) -> Mapping[str, Network]:
        """Those of them that steps train: all but averages and the like (`Method.follows`)."""

    def network(self, name: str = "main") -> Network:
        """As the tools'."""

    def random(self, name: str) -> np.random.Generator:
        """As the tools'."""

    def training_logits(self, network: str | None = None, weights: Mapping[str, Tensor] | None = None) -> Tensor:
        """Logits (N, outputs) of the training set, not augmented, in evaluation mode and without gradients.

        Those of `network`, or what evaluation sees; with `weights` (as `best`) as they would be under these.
        """

    def initial(self, network: str = "main") -> Mapping[str, Tensor]:
        """Parameters and buffers of `network` as they were before the first step, by name."""

    def change(self, **settings: float) -> None:
        """Train with other `settings` (fields of `StepSettings`) for the rest of this epoch."""

    def snapshot(self) -> dict[str, Tensor]:
        """Copies of weights, buffers and optimiser state of all networks, as in `best`."""

    def restore(self, snapshot: Mapping[str, Tensor], layers: Layers, with_optimizer: bool) -> None:
        """Put back what of `snapshot` belongs to `layers`; the optimiser's part only `with_optimizer`."""

    def reinitialise(self, layers: Layers = "", keep: float = 0.0, fresh: float = 1.0) -> None:
        """`layers` <- `keep` of them + `fresh` of a new initialisation, in every network that is trained.

        Networks that follow others (`Method.follows`) become copies of these.

        Buffers become new too, and so does the optimiser's state. The initialisation has a stream of its own.
        """

    def repeat(self, record: Any) -> None:
        """Do not train this epoch; its metrics are those of `record`, of an earlier one."""
