"""What a method is: an algorithm (how a step is taken) with any number of dynamics (what is done to the run).

    for epoch in 1 … epochs:
        method.begin_epoch(run)
        for each batch:
            algorithm.update(tools, batch, epoch)      # for an objective: forward, loss, backward, optimiser step
                                                       # (dynamics.update, where dynamics compute the gradient)
            dynamics.after_step(run, step)
        evaluate algorithm.predict, remember the best weights, record

Most algorithms are a loss on the logits of one network: an `Objective`, which writes `loss` and when it acts. Where
that is a function of the given labels, the same in every epoch, a `LabelLoss` names it and nothing more. One that
needs more (two networks, trusted examples, other inputs) is an `Algorithm` and owns its step. An epoch here and
everywhere in this package is counted from 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, final

from sat_sweep.methods.parameters import Parameters
from sat_sweep.methods.tools import Batch, Record, Run, Setting, Tools, Update
from sat_sweep.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor, nn


class Need(Enum):
    """What a method is told or lent beyond noisy labels and one network; the value is how tables say it."""

    TRUSTED = "trusted examples (dataset.trusted)"
    SECOND_NETWORK = "a second network"
    NOISE_RATE = "the true noise rate"
    TRANSITION = "the true transition matrix"
    UNLABELLED = "unlabelled examples (dataset.labelled)"

    @property
    def is_told(self) -> bool:
        """Whether it is knowledge that other methods lack; a second network costs more, unlabelled inputs all have."""
        return self not in (Need.SECOND_NETWORK, Need.UNLABELLED)

    @property
    def what(self) -> str:
        """`trusted examples`: the value without what a space file calls it."""
        return self.value.partition(" (")[0]


class Method(ABC):
    """Shared by algorithms and dynamics.

    Whatever the method remembers between steps is a tensor in `memory`; the loop stores, restores and moves it.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    Parameters: ClassVar[type[Parameters]]
    needs: ClassVar[frozenset[Need]] = frozenset()
    needs_validation: ClassVar[bool] = False
    needs_augmentation: ClassVar[bool] = False
    needs_images: ClassVar[bool] = False
    """Whether its inputs must be images: their pixels have bounds, and there are views of them."""
    starts_anew: ClassVar[bool] = False
    """Whether it re-initialises during training, after which everything is worse for a while."""
    counts_steps: ClassVar[bool] = False
    """Whether it relies on every epoch having `Setting.steps_per_epoch` steps."""
    needs_separate_examples: ClassVar[bool] = False
    """Whether the examples of a batch must not act on each other, as they do in batch normalisation."""
    weighs_examples: ClassVar[bool] = True
    """Whether training goes by `Batch.weights`, for data that bring any."""
    extra: ClassVar[tuple[str, str] | None] = None
    """A package that it needs beside those of sat-sweep, and the extra that brings it."""

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

    def end_epoch(self, run: Run) -> Mapping[str, Tensor]:
        """Called after `run.epoch` was trained and evaluated: scalars on the device that its record is to have."""
        return {}

    def follows(self, network: str) -> str | None:
        """Which network `network` follows, if this method moves it (an average, say) instead of having it trained."""
        return None

    @classmethod
    def needs_given(cls, parameters: Mapping[str, Any]) -> frozenset[Need]:
        """What it needs with these of its `parameters`, as far as a file fixes them."""
        return cls.needs

    @classmethod
    def idle(cls, parameters: Mapping[str, Any]) -> frozenset[str]:
        """Hyperparameters that do nothing with these of its `parameters`, and are not searched then."""
        return frozenset()

    @classmethod
    def misfit(cls, parameters: Mapping[str, Any], classes: int) -> str | None:
        """Why these of its `parameters` are nothing for data of so many `classes`; None if they are."""
        return None

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """Why it makes no sense beside `other` in a method string, as the end of a sentence; None if it does."""
        return None


class Algorithm(Method):
    """How a step is taken, and what evaluation sees of the result."""

    weighs_examples = False

    def outputs(self, classes: int) -> int:
        """How many logits its networks have for so many `classes`; those of the classes come first."""
        return classes

    def head(self, classes: int) -> Callable[[int], nn.Module] | None:
        """What makes, for so many features, what stands in the place of a network's last layer; None: that stays.

        It maps (B, features) to (B, outputs), and its attribute `is_head` is true.
        """
        return None

    @abstractmethod
    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """Take one step on `batch`; must not synchronise with the device."""

    def predict(self, tools: Tools, inputs: Tensor) -> Tensor:
        """Logits (B, outputs) for normalised `inputs`: of the network, unless it is a mean of two, or a teacher."""
        return tools.forward(tools.network(), inputs)

    def soft_targets(self) -> Tensor | None:
        """What it takes for the labels of the training examples by now, (N, C), each row a distribution, if anything.

        Read when a trial has ended, to find wrong labels.
        """
        return None


class Objective(Algorithm):
    """An algorithm that is a loss on the logits of one network.

    What an example loses is multiplied with its weight, where the data bring weights: as nothing but its logits leads
    from the network to its loss, it is their gradient that is. The loss that is told is without weights.
    """

    weighs_examples = True
    separate_examples: ClassVar[bool] = False
    """Whether the loss of a batch is the mean of what each of its examples loses by itself, without any memory."""

    @abstractmethod
    def loss(self, logits: Tensor, batch: Batch, epoch: int) -> Tensor:
        """The scalar to minimise for `logits` (B, outputs) of the training pass; may update `memory`."""

    @final
    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step down the gradient of the loss."""
        network = tools.network()
        logits = tools.forward(network, batch.inputs)
        if (weights := batch.weights) is not None:
            logits.register_hook(lambda slopes: slopes * weights[:, None].to(slopes))
        loss = self.loss(logits, batch, epoch)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())


class LabelLoss(Objective):
    """An objective that is a function of logits and given labels alone, the same in every epoch.

    `function` takes logits (B, C), labels (B,) and the hyperparameters by name, and returns the scalar.
    """

    function: ClassVar[Callable[..., Tensor]]
    separate_examples = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All hyperparameters, from the first step on."""
        return self.parameters.model_dump() or {"loss": self.name}

    def loss(self, logits: Tensor, batch: Batch, epoch: int) -> Tensor:
        """`function` of the given labels."""
        return type(self).function(logits, batch.labels, **self.parameters.model_dump())


class Dynamics(Method):
    """What is done to the run beside the steps of the algorithm."""

    def evaluated(self, tools: Tools) -> Tools:
        """What evaluation takes its networks from: `tools`, unless it is to see others than those that are trained."""
        return tools

    def update(self, algorithm: Algorithm, tools: Tools, batch: Batch, epoch: int) -> Update | None:
        """The step of `algorithm`, taken in another way; None leaves it to the algorithm."""
        return None

    def after_step(self, run: Run, step: int) -> None:
        """Called after optimiser step `step` (from 0) of `run.epoch`; must not synchronise with the device."""


registry: Registry[type[Method]] = Registry("method", "sat_sweep.methods")

M = TypeVar("M", bound=type[Method])


def register(cls: M) -> M:
    """Make a method known by its `name`."""
    registry.add(cls.name, cls)
    return cls
