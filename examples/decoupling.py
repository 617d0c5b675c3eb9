"""A method from outside the package, with two networks: decoupling "when to update" from "how to update".

Malach & Shalev-Shwartz, NeurIPS 2017, arXiv 1706.02613: two networks are initialised differently, and each takes its
step on those examples of the batch alone on which they predict different classes. A wrong label on which both agree
teaches nothing any more.
"""

import torch
from torch.nn.functional import cross_entropy

from sat_sweep import Algorithm, Need, OfEpochs, Parameters, Range, Update, hyperparameter, register_method


def disagreement_loss(logits, labels, disagree):
    """The mean cross-entropy of `logits` (B, C) against `labels` (B,) where `disagree` (B,) is true, 0 if nowhere."""
    losses = cross_entropy(logits, labels, reduction="none") * disagree
    return losses.sum() / disagree.sum().clamp_min(1)


class DecouplingParameters(Parameters):
    """Both networks train on everything until `start_epoch`."""

    start_epoch: int = hyperparameter(OfEpochs(0.1), ge=0, search=Range(OfEpochs(0.05), OfEpochs(0.5)),
                                      meaning="epochs in which both networks train on every example")


@register_method
class Decoupling(Algorithm):
    """Two networks that learn where they disagree."""

    name, paper, Parameters = "decoupling", "Malach & Shalev-Shwartz 2017, arXiv 1706.02613", DecouplingParameters
    needs = frozenset({Need.SECOND_NETWORK})

    def influence(self, epoch, history):
        """That there is a second network, and whether agreement counts yet."""
        return {"disagreement": epoch > self.parameters.start_epoch}

    def update(self, tools, batch, epoch):
        """A step of each network."""
        networks = tools.network(), tools.network("peer")
        logits = [tools.forward(network, batch.inputs) for network in networks]
        disagree = logits[0].argmax(dim=1) != logits[1].argmax(dim=1)
        if epoch <= self.parameters.start_epoch:
            disagree = torch.ones_like(disagree)
        losses = [disagreement_loss(each, batch.labels, disagree) for each in logits]
        for network, loss in zip(networks, losses, strict=True):
            tools.descend(network, loss)
        return Update(logits[0].detach(), losses[0].detach())

    def predict(self, tools, inputs):
        """The first network's logits, as in the paper."""
        return tools.forward(tools.network(), inputs)
