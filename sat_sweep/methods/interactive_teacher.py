"""Interactive teacher: a second model reads what goes on inside the network, and weighs the examples for it.

Fan et al., "Learning to Reweight with Deep Interactions", AAAI 2021, arXiv 2007.04649. With theta the student, omega
the teacher, h_i the student's features of an example before its last layer, and l_i its cross-entropy:

    w_i = sigmoid(teacher(h_i, y_i, l_i, epoch / epochs; omega))
    theta <- a step of the optimiser on  mean_i w_i l_i,             no gradient through w_i
    every few steps, omega <- a step of Adam down  d/domega  mean_j CE(trusted x_j; theta_K(omega)),
    theta_K the student after its last K batches again, from where it was before, weighed by the teacher of now

The paper goes back through the steps in reverse, which needs momentum and gathers rounding errors; here the last K
`steps` are taken again, by plain gradient descent with momentum from rest. There is no official code: the teacher's
form (one hidden layer; weights near 1 at first) and what it reads are our reading.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.adam import adam_state, adam_step
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.internals import features_of, last_layer
from sat_sweep.methods.layers import trainable
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Network, Record, Run, Tools, Update
from sat_sweep.methods.trusted import trusted_batch
from sat_sweep.seeds import derive

HIDDEN = 32
"""Units of the teacher's hidden layer."""
CERTAIN = 3.0
"""The logit of its first weights."""
MOMENTUM = 0.9
"""Of the steps that are taken again."""
TEACHER = ("hidden.weight", "hidden.bias", "out.weight", "out.bias")


def teach(read: torch.Tensor, omega: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Weights (B,) in (0, 1) of examples of which the teacher has `read` (B, R); `omega` are its parameters by name."""
    hidden = torch.relu(read @ omega["hidden.weight"].T + omega["hidden.bias"])
    return torch.sigmoid(hidden @ omega["out.weight"].T + omega["out.bias"])[:, 0]


class InteractiveTeacherParameters(Parameters):
    """Ours: the paper's settings are not public."""

    trusted_batch: int = hyperparameter(100, ge=1, meaning="trusted examples that the teacher learns from each time")
    learning_rate: float = hyperparameter(1e-3, gt=0, search=Range(1e-4, 1e-2, log=True),
                                          meaning="how fast the teacher learns (Adam)")
    steps: int = hyperparameter(2, ge=1, meaning="steps of the student through which the teacher learns")
    every: int = hyperparameter(8, ge=1, meaning="steps of the student from one of the teacher to the next")


@register
class InteractiveTeacher(Algorithm):
    """Sees more of an example than its loss; costs two to three steps of `ce`.

    Told true labels, which are lost to training: compare it with `trusted_finetune`. No numbers of the paper could be
    read and no code is public; what it needs to know beyond the paper is our reading.
    """

    name = "interactive_teacher"
    paper = "Fan et al. 2021, arXiv 2007.04649"
    Parameters: ClassVar[type[Parameters]] = InteractiveTeacherParameters
    needs = frozenset({Need.TRUSTED})
    counts_steps = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Everything, from the first step on; the teacher also reads how much of the training is over."""
        return {**self.parameters.model_dump(), "epochs": self.setting.epochs}

    def begin_epoch(self, run: Run) -> None:
        """The teacher begins near weights of 1, from a stream of its own; it learns within an epoch."""
        self._seen: list[tuple[Batch, dict[str, torch.Tensor]]] = []
        self._taken = 0
        self._every = min(self.parameters.every, self.setting.steps_per_epoch)
        self._steps = min(self.parameters.steps, self._every)
        if not self.memory:
            width = last_layer(run.network().module).in_features + self.setting.classes + 2
            random = np.random.default_rng(derive(self.setting.seed, self.name))
            shapes = {"hidden.weight": (HIDDEN, width), "hidden.bias": (HIDDEN,), "out.weight": (1, HIDDEN)}
            for name, shape in shapes.items():
                bound = 1 / math.sqrt(width if name.startswith("hidden") else HIDDEN)
                drawn = torch.from_numpy(random.uniform(-bound, bound, shape).astype(np.float32))
                self.memory[name] = drawn.to(run.labels.device)
            self.memory["out.bias"] = torch.full((1,), CERTAIN, device=run.labels.device)
            self.memory |= adam_state(self.memory)

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of the student as the teacher weighs the batch; now and then one of the teacher."""
        network = tools.network()
        if self._taken % self._every >= self._every - self._steps:
            before = {name: value.detach().clone() for name, value in trainable(network.module).items()}
            self._seen = [*self._seen, (batch, before)][-self._steps:]
        logits, losses, weights = self._weighed(tools, network, batch, epoch, None, self.memory)
        tools.descend(network, (weights.detach() * losses).mean())
        self._taken += 1
        if self._taken % self._every == 0:
            self._learn(tools, network, epoch)
        return Update(logits.detach(), losses.detach().mean())

    def _weighed(self, tools: Tools, network: Network, batch: Batch, epoch: int,
                 parameters: Mapping[str, torch.Tensor] | None, omega: Mapping[str, torch.Tensor],
                 ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (B, C), losses (B,) and weights (B,) of `batch`."""
        with features_of(network.module) as seen:
            logits = tools.forward(network, batch.inputs, parameters)
        losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
        labels = torch.nn.functional.one_hot(batch.labels, self.setting.classes).float()
        features = torch.nn.functional.layer_norm(seen[0].flatten(1), seen[0].flatten(1).shape[1:])
        progress = torch.full_like(losses, epoch / self.setting.epochs)
        read = torch.cat([features, labels, losses.detach()[:, None], progress[:, None]], dim=1)
        return logits, losses, teach(read, omega)

    def _learn(self, tools: Tools, network: Network, epoch: int) -> None:
        """A step of the teacher through the student's latest steps."""
        omega = {name: self.memory[name].detach().requires_grad_() for name in TEACHER}
        theta = {name: value.requires_grad_() for name, value in self._seen[0][1].items()}
        velocity = {name: torch.zeros_like(value) for name, value in theta.items()}
        for batch, _ in self._seen:
            _, losses, weights = self._weighed(tools, network, batch, epoch, theta, omega)
            slopes = torch.autograd.grad((weights * losses).mean(), list(theta.values()), create_graph=True)
            velocity = {name: MOMENTUM * velocity[name] + slope for name, slope in zip(theta, slopes, strict=True)}
            theta = {name: value - network.learning_rate * velocity[name] for name, value in theta.items()}
        inputs, labels = trusted_batch(tools, self.name, self.parameters.trusted_batch)
        loss = torch.nn.functional.cross_entropy(tools.forward(network, inputs, theta), labels)
        slopes = torch.autograd.grad(loss, list(omega.values()))
        with torch.no_grad():
            adam_step(self.memory, dict(zip(omega, slopes, strict=True)), self.parameters.learning_rate)
