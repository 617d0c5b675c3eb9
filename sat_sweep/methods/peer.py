"""Peer loss: a network is paid for predicting labels, and charged for what it would be paid for others' labels.

Liu & Guo, "Peer Loss Functions: Learning from Noisy Labels without Knowing Noise Rates", ICML 2020, arXiv 1910.03231,
with the weight alpha of its section on unequal classes:

    L = mean_i [ CE(f(x_i), y_i) - alpha(epoch) * CE(f(x_j), y_k) ],   j and k independent of each other
    alpha(epoch) is 0 up to `start_epoch`, rises evenly over `ramp` epochs, then is `alpha`

j and k are drawn within the batch, so the second term costs no pass of its own; since it is a mean, j may run through
the batch in order while k is a random permutation. The authors draw two further batches. Without a bound the second
term pays for probabilities that go to 0: as in the authors' code for many classes its log p is log(p + 1e-5), while the
first term is exact. That code raises alpha through the whole training, by noise kind up to 5 or 20 on CIFAR-10, after
20 of 300 epochs without it, and divides the learning rate by 1 + alpha(epoch); the paper has one alpha, which is 1
unless classes are unequal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import linear_ramp
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.tasks.base import of_classes

FLOOR = 1e-5


def peer_loss(logits: torch.Tensor, labels: torch.Tensor, peers: torch.Tensor, alpha: float = 1.0) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,), the positions `peers` (B,) of others' labels in the batch.

    Never below alpha * log(1e-5); `alpha` is at least 0, and with 0 it is cross-entropy.
    """
    log_p = logits.log_softmax(dim=1)
    bounded = torch.logaddexp(log_p, log_p.new_full((), math.log(FLOOR)))
    return torch.nn.functional.nll_loss(log_p, labels) + alpha * bounded.gather(1, labels[peers][:, None]).mean()


class PeerParameters(Parameters):
    """alpha as in the paper, reached as in the official code: there it is 1 after 40 of 300 epochs."""

    alpha: float = hyperparameter(1.0, ge=0, search=Range(0.3, 10.0, log=True),
                                  meaning="full weight of the loss on others' labels; 0 is cross-entropy")
    start_epoch: int = hyperparameter(OfEpochs(21 / 300), ge=0, search=Range(OfEpochs(0.0, least=0), OfEpochs(0.4)),
                                      meaning="epochs of plain cross-entropy")
    ramp: int = hyperparameter(OfEpochs(19 / 300), ge=0, meaning="epochs after these until the weight is full")


@register
class Peer(Algorithm):
    """Needs no noise rate: what is predicted whatever the image earns nothing; steps grow with alpha.

    On the worst labels of CIFAR-10N 82.0 %, cross-entropy 77.7, at the best epoch by test accuracy. Made for noise
    rates that nobody knows.
    """

    name = "peer"
    paper = "Liu & Guo 2020, arXiv 1910.03231"
    Parameters: ClassVar[type[Parameters]] = PeerParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's alpha; while that is 0 it is the base."""
        alpha = self._alpha(epoch)
        return {"alpha": alpha} if alpha else {}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on the batch and on itself with its labels shuffled."""
        network, alpha = tools.network(), self._alpha(epoch)
        logits = tools.forward(network, batch.inputs)
        classes = of_classes(logits, self.setting.classes)
        if alpha:
            peers = torch.from_numpy(tools.random("peer").permutation(len(batch.labels))).to(batch.labels.device)
            loss = peer_loss(classes, batch.labels, peers, alpha)
        else:
            loss = torch.nn.functional.cross_entropy(classes, batch.labels)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())

    def _alpha(self, epoch: int) -> float:
        given = self.parameters
        return float(given.alpha * linear_ramp(epoch, given.start_epoch, given.ramp))
