"""JoCoR: two networks that must agree, on the examples on which both are least wrong and least apart.

Wei et al., "Combating Noisy Labels by Agreement: A Joint Training Method with Co-Regularization", CVPR 2020,
arXiv 2003.02752, equations 1 to 4. With p and q the predictions of the two:

    l_i = (1 - lam) [-log p_i,y_i - log q_i,y_i]  +  lam [KL(p_i || q_i) + KL(q_i || p_i)]
    both take their step on the share 1 - R(epoch) of the batch with the smallest l_i

R is Co-teaching's (`two_networks`); the official code takes the true noise rate for its `rate`, here it is searched.
Evaluation sees the mean of both networks' probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools, Update
from sat_sweep.methods.two_networks import SmallLossParameters, TwoNetworks, small_loss


def own_part(logits: torch.Tensor, peer: torch.Tensor, labels: torch.Tensor, lam: float) -> torch.Tensor:
    """What of the losses above moves one network: its cross-entropy and both divergences, (B,).

    For its `logits` (B, C), those of its `peer`, through which no gradient flows, `labels` (B,) and `lam` in [0, 1].
    """
    log_p, log_q = logits.log_softmax(dim=1), peer.detach().log_softmax(dim=1)
    apart = ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(dim=1)
    return (1 - lam) * torch.nn.functional.nll_loss(log_p, labels, reduction="none") + lam * apart


def jocor_losses(logits: torch.Tensor, peer: torch.Tensor, labels: torch.Tensor, lam: float) -> torch.Tensor:
    """The losses (B,) above for the logits (B, C) of both networks, `logits` and `peer`, `labels` (B,) and `lam`."""
    given = torch.nn.functional.cross_entropy(peer, labels, reduction="none")
    return own_part(logits, peer, labels, lam) + (1 - lam) * given


class JoCoRParameters(SmallLossParameters):
    """lam is 0.9 for most noise on CIFAR-10, 0.65 at 80 % symmetric, 0.85 on CIFAR-100."""

    lam: float = hyperparameter(0.9, ge=0, le=1, search=Range(0.05, 0.95), meaning="weight of agreement")


@register
class JoCoR(TwoNetworks):
    """Where two networks disagree, the label is likely to be wrong: they are made to agree instead.

    Twice the cost. Close to `co_teaching_plus` on people's labels (83.4 and 83.3 % on the worst of CIFAR-10N, at the
    best epoch by test accuracy). Its rate is searched unless it is `told`, as in the official code.
    """

    name = "jocor"
    paper = "Wei et al. 2020, arXiv 2003.02752"
    Parameters: ClassVar[type[SmallLossParameters]] = JoCoRParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """This epoch's forget rate, and lam."""
        return {**super().influence(epoch, history), "lam": self.parameters.lam}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of both networks on the same examples; each one's gradient is that of the sum."""
        networks, lam = (tools.network(), tools.network("peer")), self.parameters.lam
        logits = [tools.forward(network, batch.inputs) for network in networks]
        losses = jocor_losses(logits[0].detach(), logits[1].detach(), batch.labels, lam)
        chosen = small_loss(losses, self.forget_rate(epoch))
        for network, own, other in zip(networks, logits, reversed(logits), strict=True):
            tools.descend(network, own_part(own, other, batch.labels, lam)[chosen].mean())
        return Update(logits[0].detach(), losses.mean())
