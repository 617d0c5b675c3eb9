"""Adversarial training: every step is on images that an attack has just changed.

Madry, Makelov, Schmidt, Tsipras & Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018,
arXiv 1706.06083, equation 2.1, the inner maximum by projected gradient ascent from a random start:

    L = mean_i max_{|d| <= epsilon} CE(f(x_i + d), y_i)

Rice, Wong & Kolter, "Overfitting in Adversarially Robust Deep Learning", ICML 2020, arXiv 2002.11569: its robust test
accuracy falls long before training ends, and early stopping is worth more than what was proposed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.adversarial_steps import AttackParameters, around, attacked, descend_cross_entropy, generator_of
from sat_sweep.methods.base import Algorithm, register
from sat_sweep.methods.parameters import Parameters
from sat_sweep.methods.tools import Batch, Network, Record, Tools, Update


@register
class PgdAt(Algorithm):
    """Adversarial training with projected gradient descent.

    For networks that must hold out against changed images; costs `steps` + 1 times the step, and accuracy on
    unchanged ones. Training accuracy and predictions of training images are of the changed ones.
    """

    name = "pgd_at"
    paper = "Madry et al. 2018, arXiv 1706.06083"
    Parameters: ClassVar[type[Parameters]] = AttackParameters
    needs_images = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The attack, unless it may change nothing."""
        return self.parameters.model_dump() if self.parameters.epsilon else {}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the attacked images."""
        network = tools.network()
        images = self._attacked(tools, network, batch) if self.parameters.epsilon else batch.inputs
        return descend_cross_entropy(tools, network, images, batch.labels)

    def _attacked(self, tools: Tools, network: Network, batch: Batch) -> torch.Tensor:
        given, space = self.parameters, around(tools, batch.inputs, self.parameters.epsilon)

        def objective(logits: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.cross_entropy(logits, batch.labels, reduction="sum")

        start = space.random_start(generator_of(tools, self.name, batch.inputs.device))
        return attacked(tools, network, objective, start, space, given.step_size, given.steps)
