"""FixMatch: what the network is sure of in a weakly augmented image is the label of a strongly augmented one.

Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence", NeurIPS 2020, arXiv
2001.07685, equations 3 and 4. Of each batch of B labelled examples and `ratio` B unlabelled ones u:

    q = softmax f(weak(u)),  without gradient
    L = mean_i CE(f(weak(x_i)), y_i) + lambda_u * mean_u [max q >= threshold] CE(f(strong(u)), argmax q)

The mean is over all unlabelled examples, so that few sure ones weigh little. Weak is the trial's augmentation, strong
RandAugment and cutout on top of it. As in the official code one pass sees all views together, which matters to batch
normalisation. The paper evaluates an average of the weights: that is `fixmatch+weight_ema`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.methods.unlabelled import logits_of_views, unlabelled_batch


def fixmatch_loss(weak: torch.Tensor, strong: torch.Tensor, threshold: float) -> torch.Tensor:
    """The unlabelled term above for logits `weak` and `strong` (B, C) of two views; no gradient goes into `weak`.

    `threshold` in [0, 1] is the least probability that counts; above 1 nothing does.
    """
    confidence, guessed = weak.detach().softmax(dim=1).max(dim=1)
    losses = torch.nn.functional.cross_entropy(strong, guessed, reduction="none")
    return ((confidence >= threshold) * losses).mean()


class FixMatchParameters(Parameters):
    """The paper's, for CIFAR and SVHN."""

    threshold: float = hyperparameter(0.95, ge=0, search=Range(0.7, 0.99),
                                      meaning="least probability of a guess that is learned; above 1 none is")
    lambda_u: float = hyperparameter(1.0, ge=0, search=Range(0.3, 3.0, log=True),
                                     meaning="weight of unlabelled examples")
    ratio: int = hyperparameter(7, ge=1, meaning="unlabelled examples for each labelled one in a step")


@register
class FixMatch(Algorithm):
    """Few labels and many images; a step passes 2 `ratio` + 1 times as many as one of `ce`.

    4.3 % error on CIFAR-10 with 4,000 labels, 8.3 with 40, where the supervised 15.5 and 78 (USB). Sure guesses that
    are wrong are learned too; wrong labels among few are many such.
    """

    name = "fixmatch"
    paper = "Sohn et al. 2020, arXiv 2001.07685"
    Parameters: ClassVar[type[Parameters]] = FixMatchParameters
    needs = frozenset({Need.UNLABELLED})
    needs_images = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, from the first step on."""
        acting: dict[str, Any] = self.parameters.model_dump()
        return acting

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the batch, and on two views of unlabelled examples."""
        given, network = self.parameters, tools.network()
        others = unlabelled_batch(tools, self.name, batch, given.ratio)
        logits, weak, strong = logits_of_views(tools, network, batch, others)
        weight = given.lambda_u * tools.settings.unlabelled_weight
        loss = torch.nn.functional.cross_entropy(logits, batch.labels) \
            + weight * fixmatch_loss(weak, strong, given.threshold)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())
