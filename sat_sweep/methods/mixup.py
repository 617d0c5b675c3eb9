"""Mixup: training on convex combinations of pairs of examples and of their labels.

Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv 1710.09412.

    lam ~ Beta(alpha, alpha), one per batch;  x = lam * x_a + (1 - lam) * x_b
    L = lam * CE(f(x), y_a) + (1 - lam) * CE(f(x), y_b)

The partners b are a permutation of the batch, and lam is at least 1/2 (see `mixing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Algorithm, register
from sat_sweep.methods.mixing import draw_pairs, mix
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools, Update


def mixup_loss(logits: torch.Tensor, labels: torch.Tensor, partners: torch.Tensor, share: float) -> torch.Tensor:
    """The cross-entropy of `logits` (B, C) against both labels, with `partners` and `share` as in `mix`; a scalar."""
    loss = torch.nn.functional.cross_entropy
    return share * loss(logits, labels) + (1 - share) * loss(logits, labels[partners])


class MixupParameters(Parameters):
    """1 is the paper's choice for clean CIFAR, 8 and 32 for wrong labels; 0 would not mix at all."""

    alpha: float = hyperparameter(1.0, gt=0, search=Range(0.1, 32.0, log=True),
                                  meaning="how evenly two images are mixed; towards 0 hardly at all")


@register
class Mixup(Algorithm):
    """Interpolation between examples; memorising single wrong labels becomes harder.

    Slows memorising and helps with clean labels too; the more labels are wrong, the larger `alpha` should be. Does not
    keep long training from memorising in the end.
    """

    name = "mixup"
    paper = "Zhang et al. 2018, arXiv 1710.09412"
    Parameters: ClassVar[type[Parameters]] = MixupParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """alpha, from the first step on."""
        return {"alpha": self.parameters.alpha}

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """One step on a mixture of the batch with itself."""
        share, partners = draw_pairs(tools.random("mixup"), self.parameters.alpha, len(batch.labels))
        partners = partners.to(batch.labels.device)
        network = tools.network()
        logits = tools.forward(network, mix(batch.inputs, partners, share))
        loss = mixup_loss(logits, batch.labels, partners, share)
        tools.descend(network, loss)
        return Update(logits.detach(), loss.detach())
