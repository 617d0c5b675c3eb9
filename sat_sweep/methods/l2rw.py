"""Learning to reweight examples: trusted examples say which of a batch deserve a step.

Ren, Zeng, Yang & Urtasun, "Learning to Reweight Examples for Robust Deep Learning", ICML 2018, arXiv 1803.09050,
algorithm 1.

    f_i the losses of the batch, weighed by eps = 0;  theta'(eps) = theta - grad_theta sum_i eps_i f_i(theta)
    u_i = - d/d eps_i  (mean loss of a trusted batch at theta'(eps))
    w_i = max(u_i, 0) / sum_j max(u_j, 0)                       none of the batch counts where all are 0
    L = sum_i w_i f_i(theta)

Where no u_i is above 0 the loss is 0; momentum and weight decay go on. The step size of theta' cancels in w and is 1
here. As eps is 0, theta' is theta, and u_i the inner product of the gradients of f_i and of the trusted loss, which is
how it is computed (see `trial_step`). The trial passes leave running statistics as they are, which the official code
pollutes. The method is told more than others: it sees true labels of `dataset.trusted` examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.layers import trainable
from sat_sweep.methods.parameters import Parameters, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.methods.trial_step import gradient, slopes_along
from sat_sweep.methods.trusted import trusted_batch

if TYPE_CHECKING:
    from sat_sweep.methods.trial_step import Losses


def example_weights(parameters: Mapping[str, torch.Tensor], losses: Losses, trusted_loss: Losses) -> torch.Tensor:
    """Weights (B,) in [0, 1] that sum to 1, or are all 0 where no example of the batch helps the trusted ones.

    `losses` maps `parameters` by name to the losses (B,) of the batch, `trusted_loss` to a scalar.
    """
    helpful = slopes_along(losses, parameters, gradient(trusted_loss, parameters)).clamp_min(0)
    total = helpful.sum()
    return helpful / torch.where(total > 0, total, torch.ones_like(total))


class L2RWParameters(Parameters):
    """The paper takes trusted batches as large as the others."""

    trusted_batch: int = hyperparameter(100, ge=1, meaning="trusted examples that each step asks")


@register
class L2RW(Algorithm):
    """A gradient through a gradient step, at three times the cost of a step.

    Told true labels, which are lost to training: compare it with `trusted_finetune`. Helps under much or lopsided
    noise; on clean, balanced data it hurts (10.8 % errors on CIFAR-10, cross-entropy 7.5).
    """

    name = "l2rw"
    paper = "Ren et al. 2018, arXiv 1803.09050"
    Parameters: ClassVar[type[Parameters]] = L2RWParameters
    needs = frozenset({Need.TRUSTED})

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Everything, from the first step on."""
        acting: dict[str, Any] = self.parameters.model_dump()
        return acting

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the batch, weighed by what it would do for trusted examples."""
        network, weights = tools.network(), self._weights(tools, batch)
        logits = tools.forward(network, batch.inputs)
        losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
        tools.descend(network, (weights * losses).sum())
        return Update(logits.detach(), losses.detach().mean())

    def _weights(self, tools: Tools, batch: Batch) -> torch.Tensor:
        network, loss = tools.network(), torch.nn.functional.cross_entropy
        inputs, labels = trusted_batch(tools, self.name, self.parameters.trusted_batch)
        parameters = trainable(network.module)
        return example_weights(
            parameters,
            lambda own: loss(tools.forward(network, batch.inputs, own), batch.labels, reduction="none"),
            lambda moved: loss(tools.forward(network, inputs, moved), labels),
        )
