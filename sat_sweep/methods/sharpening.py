"""Predictions made more certain than they are, to serve as targets."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch


def sharpened(probabilities: torch.Tensor, temperature: float) -> torch.Tensor:
    """`probabilities` (B, C) to the power of 1 / `temperature`, above 0, summing to 1 again."""
    return torch.softmax(probabilities.clamp_min(1e-30).log() / temperature, dim=1)
