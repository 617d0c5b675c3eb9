"""Steps on images that an attack has changed: what adversarial training and its relatives share.

Attacks see the network in evaluation mode, as in the code of TRADES (Zhang et al. 2019) and as Pang et al., "Bag of
Tricks for Adversarial Training", ICLR 2021, arXiv 2010.00467, recommend: batch norm's running averages are of what is
trained on, and of nothing that the attack has tried on its way. The official codes of PGD training (Rice et al. 2020)
and of fast training (Wong et al. 2020) attack in training mode.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Network, Record, Tools, Update
from sat_sweep.tasks.attack import Neighbourhood, ascend, neighbourhood

NEAR = 0.001
"""Deviation of the noise from which TRADES starts, at the image itself its gradient is zero."""


class AttackParameters(Parameters):
    """What CIFAR-10 is usually attacked with; distances count as pixels do between 0 and 1."""

    epsilon: float = hyperparameter(8 / 255, ge=0, lt=1, search=Range(4 / 255, 16 / 255, log=True),
                                    meaning="how far the attack that is trained on may move a pixel")
    steps: int = hyperparameter(10, ge=1, meaning="gradient steps of the attack")
    step_size: float = hyperparameter(2 / 255, gt=0, meaning="how far a step of the attack goes")


class RegularisedParameters(AttackParameters):
    """beta is 1 / lambda of the TRADES paper, which tries 1 and 6."""

    beta: float = hyperparameter(6.0, ge=0, search=Range(1.0, 12.0, log=True),
                                 meaning="how much it counts that predictions change under attack")


def around(tools: Tools, inputs: torch.Tensor, epsilon: float) -> Neighbourhood:
    """What `inputs` (B, C, H, W) may be turned into with this `epsilon`; raises UserError for features."""
    if inputs.dim() != 4:
        raise UserError(f"adversarial training is for images; the inputs have shape {tuple(inputs.shape[1:])}")
    return neighbourhood(inputs, epsilon, tools.bounds)


def generator_of(tools: Tools, name: str, device: torch.device) -> torch.Generator:
    """A generator on `device` for one step, seeded from the stream `name` of this epoch."""
    return torch.Generator(device).manual_seed(int(tools.random(name).integers(2**63)))


def attacked(tools: Tools, network: Network, objective: Callable[[torch.Tensor], torch.Tensor], start: torch.Tensor,
             space: Neighbourhood, step_size: float, steps: int) -> torch.Tensor:
    """Images of `space` found by climbing the scalar `objective` of logits (B, C) of `network` in evaluation mode.

    From `start` (B, C, H, W), by so many `steps` of `step_size`.
    """
    with tools.in_evaluation_mode(network):
        return ascend(lambda images: objective(tools.forward(network, images)), start, space, step_size, steps)


def divergence(natural: torch.Tensor, adversarial: torch.Tensor) -> torch.Tensor:
    """KL(softmax of `natural` || softmax of `adversarial`), of logits (B, C) each, (B,)."""
    log_p, log_q = natural.log_softmax(dim=1), adversarial.log_softmax(dim=1)
    return (log_p.exp() * (log_p - log_q)).sum(dim=1)


class OnAttacked(Algorithm):
    """The cross-entropy of images that an attack has made worse from a random start, instead of the images."""

    needs_images = True

    @property
    @abstractmethod
    def path(self) -> tuple[float, int]:
        """How far a step of the attack goes, and how many there are."""

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The attack, unless it may change nothing."""
        return self.parameters.model_dump() if self.parameters.epsilon else {}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the attacked images."""
        network = tools.network()
        images = self._attacked(tools, network, batch) if self.parameters.epsilon else batch.inputs
        logits = tools.forward(network, images)
        loss = torch.nn.functional.cross_entropy(logits, batch.labels)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())

    def _attacked(self, tools: Tools, network: Network, batch: Batch) -> torch.Tensor:
        space, (step_size, steps) = around(tools, batch.inputs, self.parameters.epsilon), self.path

        def objective(logits: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.cross_entropy(logits, batch.labels, reduction="sum")

        start = space.random_start(generator_of(tools, self.name, batch.inputs.device))
        return attacked(tools, network, objective, start, space, step_size, steps)


class Regularised(Algorithm):
    """A loss of the images as they are, and beta times how much an attack can change their predictions (TRADES)."""

    Parameters: ClassVar[type[Parameters]] = RegularisedParameters
    needs_images = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The attack and its weight, unless it has none."""
        shared = RegularisedParameters.model_fields
        return self.parameters.model_dump(include=set(shared)) if self._regularises else {}

    @abstractmethod
    def natural_loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The scalar loss of `logits` (B, C) of the training pass of the images as they are; may update `memory`."""

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """Two passes in training mode: of the images, and of what the attack has made of them."""
        network = tools.network()
        images = self._attacked(tools, network, batch) if self._regularises else None
        natural = tools.forward(network, batch.inputs)
        loss = self.natural_loss(natural, batch, epoch)
        if images is not None:
            loss = loss + self.parameters.beta * divergence(natural, tools.forward(network, images)).mean()
        tools.descend(network, loss)
        return Update(natural.detach(), loss.detach())

    @property
    def _regularises(self) -> bool:
        return bool(self.parameters.beta and self.parameters.epsilon)

    def _attacked(self, tools: Tools, network: Network, batch: Batch) -> torch.Tensor:
        """Images whose predictions differ most from those of the originals, from a start very near to these."""
        given, space = self.parameters, around(tools, batch.inputs, self.parameters.epsilon)
        with tools.in_evaluation_mode(network), torch.no_grad():
            natural = tools.forward(network, batch.inputs)
        generator = generator_of(tools, self.name, batch.inputs.device)
        noise = torch.randn(batch.inputs.shape, generator=generator, device=batch.inputs.device)
        return attacked(tools, network, lambda logits: divergence(natural, logits).sum(),
                        batch.inputs + space.normalised(NEAR) * noise, space, given.step_size, given.steps)
