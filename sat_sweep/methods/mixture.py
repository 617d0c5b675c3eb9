"""A mixture of two normal distributions of losses: the lower one is that of examples with right labels.

Arazo et al., ICML 2019, arXiv 1904.11238, and, with normal distributions, Li et al. (DivideMix), ICLR 2020,
arXiv 2002.07394.
"""

from __future__ import annotations

import math

from sat_sweep.imports.lazy import torch

ROUNDS = 10
"""Of expectation maximisation, at most; this and what follows is as in DivideMix's code."""
TOLERANCE = 1e-2
"""The gain in log-likelihood per example below which it ends."""
SMALLEST = 5e-4
"""What is added to variances."""


def lower_component(losses: torch.Tensor) -> torch.Tensor:
    """The probability (N,) in [0, 1] that each of `losses` (N,) belongs to the component with the lower mean.

    Losses are first scaled to [0, 1]. Expectation maximisation starts from the losses below and above their mean.
    """
    low, high = losses.min(), losses.max()
    scaled = ((losses - low) / (high - low).clamp_min(1e-12)).double()
    shares = torch.stack([scaled <= scaled.mean(), scaled > scaled.mean()], dim=1).double()
    before = torch.tensor(-math.inf)
    for _ in range(ROUNDS):
        log_joint = _log_joint(scaled, shares)
        likelihood = log_joint.logsumexp(dim=1)
        shares = (log_joint - likelihood[:, None]).exp()
        if abs(likelihood.mean() - before) < TOLERANCE:
            break
        before = likelihood.mean()
    means = (shares * scaled[:, None]).sum(dim=0) / shares.sum(dim=0).clamp_min(1e-12)
    return shares[:, means.argmin()].float()


def _log_joint(values: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """log P(value, component), (N, 2), of the mixture that `shares` (N, 2) of the `values` (N,) make up."""
    counts = shares.sum(dim=0).clamp_min(1e-12)
    means = (shares * values[:, None]).sum(dim=0) / counts
    apart = (values[:, None] - means).square()
    variances = (shares * apart).sum(dim=0) / counts + SMALLEST
    return (counts / len(values)).log() - (2 * math.pi * variances).log() / 2 - apart / (2 * variances)
