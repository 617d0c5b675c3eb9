"""Pseudo-labels: what the network believes of an unlabelled example is its label.

Lee, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural Networks", ICML 2013
workshop on challenges in representation learning, equations 15 and 16. Of each batch of B labelled examples and
`ratio` B unlabelled ones u, with p the predictions of this very step:

    L = mean_i CE(f(x_i), y_i) + w(epoch) * mean_u [max p_u >= threshold] CE(f(u), argmax p_u)
    w = 0 until `start_epoch`, then rises in a straight line to `lambda_u` over `ramp` epochs

The paper's weight is 3, reached after 600 epochs, the first 100 without. It has no threshold, as ours is by default.
Labelled and unlabelled images are augmented alike and passed through the network together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import linear_ramp
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.methods.unlabelled import unlabelled_batch


def pseudo_label_loss(logits: torch.Tensor, threshold: float = 0.0) -> torch.Tensor:
    """The unlabelled term above for `logits` (B, C), whose targets are their own largest entries; a scalar.

    Examples of a probability below `threshold` in [0, 1] lose nothing, and count in the mean.
    """
    confidence, guessed = logits.detach().softmax(dim=1).max(dim=1)
    losses = torch.nn.functional.cross_entropy(logits, guessed, reduction="none")
    return ((confidence >= threshold) * losses).mean()


class PseudoLabelParameters(Parameters):
    """Batches and the weight as in the paper (256 beside 32; 3); it trains 100 epochs without, of over 600."""

    start_epoch: int = hyperparameter(OfEpochs(1 / 6), ge=0, search=Range(OfEpochs(0.05), OfEpochs(0.5)),
                                      meaning="epochs of cross-entropy on the labelled examples alone")
    ramp: int = hyperparameter(OfEpochs(0.5), ge=0, meaning="epochs over which the weight rises then")
    lambda_u: float = hyperparameter(3.0, ge=0, search=Range(0.3, 10.0, log=True),
                                     meaning="full weight of unlabelled examples")
    threshold: float = hyperparameter(0.0, ge=0, le=1, search=Range(0.0, 0.95),
                                      meaning="least probability of a guess that is learned")
    ratio: int = hyperparameter(8, ge=1, meaning="unlabelled examples for each labelled one in a step")


@register
class PseudoLabel(Algorithm):
    """Entropy minimisation by labels that the network gives itself; a step passes `ratio` + 1 times as many as `ce`.

    It needs a network that is mostly right: what is wrong at first is learned for good.
    """

    name = "pseudo_label"
    paper = "Lee 2013"
    Parameters: ClassVar[type[Parameters]] = PseudoLabelParameters
    needs = frozenset({Need.UNLABELLED})

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Nothing before `start_epoch`; then this epoch's weight, how many and which guesses."""
        if not (weight := self._weight(epoch)):
            return {}
        return {"lambda_u": weight, **self.parameters.model_dump(include={"threshold", "ratio"})}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the batch, and on unlabelled examples once they count."""
        network, weight = tools.network(), self._weight(epoch)
        if not weight:
            logits = tools.forward(network, batch.inputs)
            loss = torch.nn.functional.cross_entropy(logits, batch.labels)
        else:
            others = tools.views(unlabelled_batch(tools, self.name, batch, self.parameters.ratio))
            every = tools.forward(network, torch.cat([batch.inputs, others]))
            logits, guessed = every.split([len(batch.labels), len(others)])
            apart = pseudo_label_loss(guessed, self.parameters.threshold)
            loss = torch.nn.functional.cross_entropy(logits, batch.labels) \
                + weight * tools.settings.unlabelled_weight * apart
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())

    def _weight(self, epoch: int) -> float:
        given = self.parameters
        return float(given.lambda_u * linear_ramp(epoch, given.start_epoch, given.ramp))
