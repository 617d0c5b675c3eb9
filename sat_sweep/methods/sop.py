"""Sparse over-parameterisation: every example learns what its label adds to the network's prediction.

Liu, Zhu, Qu & You, "Robust Training under Label Noise by Over-parameterization", ICML 2022, arXiv 2202.14026,
algorithm 1. With p the prediction, y the label as one-hot, h the likeliest class as one-hot, and a number u_i and a
vector v_i (C) that belong to each training example:

    U = u_i**2 y,  V = v_i**2 (1 - y),  both at most 1
    q = max(p + U - V, 1e-4), divided by its sum, not below 1e-4
    L = mean_i [ -log q_y ]  +  mean_i || h + U - V - y ||**2
    the network and u follow the first term, v the second alone:  u -= lr_u dL/du,  v -= lr_v dL/dv

u and v begin near zero, N(0, 1e-8), where slopes vanish: they grow fast for labels that stay at odds with what is
predicted, hardly for others. Their steps are plain gradient descent at a constant rate, without momentum and decay.
The bounds are the authors': below 1e-4 a label has no slope, neither for the network nor for u, whose step would be as
large as 1 / q_y otherwise. The official code let v alone follow the second term too, scaled instead of with a rate of
its own; since then both follow it, which the authors found to work as well. SOP+ adds two terms, which are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run
from sat_sweep.seeds import derive
from sat_sweep.tasks.base import of_classes

FLOOR, SPREAD = 1e-4, 1e-8
"""The bounds above, and the standard deviation that u and v begin with."""


def sop_loss(logits: torch.Tensor, labels: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The loss above for `logits` (B, C), `labels` (B,), and `u` (B, 1) and `v` (B, C) of these examples.

    With both 0 the first term is cross-entropy wherever no probability is below the bound, and the second is twice the
    share of labels that are not predicted.
    """
    functional = torch.nn.functional
    label = functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    likeliest = functional.one_hot(logits.argmax(dim=1), logits.shape[1]).to(logits.dtype)
    more, less = (u.square() * label).clamp_max(1), (v.square() * (1 - label)).clamp_max(1)
    explained = functional.normalize((logits.softmax(dim=1) + more - less.detach()).clamp_min(FLOOR), p=1, dim=1)
    given = -explained.gather(1, labels[:, None]).clamp_min(FLOOR).log()
    return given.mean() + (likeliest + more.detach() - less - label).square().sum(dim=1).mean()


class SOPParameters(Parameters):
    """10 and 10 as reproductions on CIFAR-10 have it; the official commands for CIFAR-100 have 1 and 10.

    With asymmetric noise these have 1 and 100. All are for batches of 128 examples, of whose loss the mean counts.
    """

    lr_u: float = hyperparameter(10.0, ge=0, search=Range(0.1, 100.0, log=True),
                                 meaning="how fast labels are taken to be wrong, on the mean loss of a batch")
    lr_v: float = hyperparameter(10.0, ge=0, search=Range(1.0, 100.0, log=True),
                                 meaning="how fast predictions that labels deny are taken to be right")


@register
class SOP(Objective):
    """What a network cannot learn soon is explained as a wrong label; remembers C + 1 numbers of every example.

    On the worst labels of CIFAR-10N 83.7 %, cross-entropy 83.9, with equal care for each (ReScience C, 2026): without
    the consistency and balance terms of its larger relative (92.9 %) it gains little on people's labels.
    """

    weighs_examples = False  # u and v have steps of their own
    name = "sop"
    paper = "Liu et al. 2022, arXiv 2202.14026"
    Parameters: ClassVar[type[Parameters]] = SOPParameters

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """Both rates, from the first step on; the bounds act even without."""
        return dict(self.parameters.model_dump())

    def begin_epoch(self, run: Run) -> None:
        """u and v begin near zero, from a stream of their own, drawn alike for every device."""
        if self.memory:
            return
        generator = torch.Generator().manual_seed(derive(self.setting.seed, self.name))
        for name, width in (("u", 1), ("v", self.setting.classes)):
            drawn = SPREAD * torch.randn(len(run.labels), width, generator=generator)
            self.memory[name] = drawn.to(run.labels.device)

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The loss above; takes the steps of this batch's u and v."""
        own = [self.memory[name][batch.index].requires_grad_() for name in ("u", "v")]
        loss = sop_loss(of_classes(logits, self.setting.classes), batch.labels, *own)
        slopes = torch.autograd.grad(loss, own, retain_graph=True)
        rates = self.parameters.lr_u, self.parameters.lr_v
        for name, value, slope, rate in zip(("u", "v"), own, slopes, rates, strict=True):
            self.memory[name].index_copy_(0, batch.index, value.detach() - rate * slope)
        return loss
