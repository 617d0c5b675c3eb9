"""How undecided predictions are."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch


def mean_entropy(logits: torch.Tensor) -> torch.Tensor:
    """The mean of H(p_i) = -sum_j p_ij log p_ij over the softmax p of `logits` (B, C), a scalar in [0, log C]."""
    log_p = logits.log_softmax(dim=1)
    return -(log_p.exp() * log_p).sum(dim=1).mean()
