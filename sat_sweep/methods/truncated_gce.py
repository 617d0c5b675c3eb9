"""Truncated generalised cross-entropy: examples whose label looks hopeless are left out for a while.

Zhang & Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels", NeurIPS 2018,
arXiv 1805.07836, section 3.3, trained by alternation (algorithm 1). With L_q = (1 - p_y**q) / q:

    L = mean_i  v_i L_q(i) + (1 - v_i) L_q(k),   L_q(k) = (1 - k**q) / q
    v_i = 1 if p_i,y_i > k, else 0     pruned again every few epochs from `start_epoch` on; all 1 before that

p is that of the weights with the best noisy validation accuracy so far, on images that are not augmented; where nothing
is validated, that of the weights of now. The mean is over the whole batch, so a batch of which little is kept moves the
network little.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.lq import lq
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run


def truncated_gce_loss(logits: torch.Tensor, labels: torch.Tensor, kept: torch.Tensor, q: float = 0.7,
                       k: float = 0.5) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,), `kept` (B,) bool, `q` in (0, 1] and `k` in (0, 1)."""
    return torch.where(kept, lq(logits, labels, q), 1 - k**q).mean() / q


def hopeful(logits: torch.Tensor, labels: torch.Tensor, k: float) -> torch.Tensor:
    """Which examples (N,) are kept, by `logits` (N, C) and `labels` (N,): those whose p_y is above `k`."""
    return logits.softmax(dim=1).gather(1, labels[:, None]).squeeze(1) > k


class TruncatedGCEParameters(Parameters):
    """As in the paper, which prunes from epoch 40 of 120 on, every 10 epochs."""

    q: float = hyperparameter(0.7, gt=0, le=1, search=Range(0.1, 1.0),
                              meaning="from cross-entropy (towards 0) to mean absolute error (1)")
    k: float = hyperparameter(0.5, gt=0, lt=1, search=Range(0.1, 0.7),
                              meaning="probability of the label at which an example is given up")
    start_epoch: int = hyperparameter(OfEpochs(1 / 3), ge=1, search=Range(OfEpochs(0.1), OfEpochs(0.6)),
                                      meaning="epochs before the first pruning")
    every: int = hyperparameter(OfEpochs(1 / 12), ge=1, meaning="epochs from one pruning to the next")


@register
class TruncatedGCE(Objective):
    """Generalised cross-entropy on the examples whose labels the network has come to believe.

    Better than `gce` where most labels are wrong (67.9 against 64.1 % on CIFAR-10 at a nominal 80 %); what is pruned
    wrongly is missing, so the first pruning must not come early.
    """

    name = "truncated_gce"
    paper = "Zhang & Sabuncu 2018, arXiv 1805.07836"
    Parameters: ClassVar[type[Parameters]] = TruncatedGCEParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """q at first; then k too, and which epochs prune."""
        given = self.parameters
        pruned = {"k": given.k, "prunes": self._prunes(epoch)} if epoch > given.start_epoch else {}
        return {"q": given.q, **pruned}

    def begin_epoch(self, run: Run) -> None:
        """Decide anew who is kept, if this epoch prunes."""
        if "kept" not in self.memory:
            self.memory["kept"] = torch.ones_like(run.labels, dtype=torch.bool)
        if self._prunes(run.epoch):
            logits = run.training_logits(weights=run.best or None)
            self.memory["kept"] = hopeful(logits, run.labels, self.parameters.k)

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above on the given labels."""
        kept = self.memory["kept"][batch.index]
        return truncated_gce_loss(logits, batch.labels, kept, self.parameters.q, self.parameters.k)

    def _prunes(self, epoch: int) -> bool:
        since = epoch - 1 - self.parameters.start_epoch
        return bool(since >= 0 and since % self.parameters.every == 0)
