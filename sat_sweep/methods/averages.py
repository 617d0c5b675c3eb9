"""Networks that are averages of what others have been."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch


def average_into(average: torch.nn.Module, network: torch.nn.Module, decay: float, *, buffers: bool = False) -> None:
    """Move the parameters of `average` towards those of `network`; `decay` in [0, 1] of them stays.

    With `buffers` running statistics move as well, and counters are copied; else they are the average's own.
    """
    with torch.no_grad():
        for mean, current in zip(average.parameters(), network.parameters(), strict=True):
            mean.lerp_(current, 1 - decay)
        for statistic, now in zip(average.buffers(), network.buffers(), strict=True) if buffers else ():
            if statistic.is_floating_point():
                statistic.lerp_(now, 1 - decay)
            else:
                statistic.copy_(now)


def growing_decay(step: int, decay: float) -> float:
    """The decay at `step` (from 1): at first that of a plain mean of all weights so far, later `decay` in [0, 1]."""
    return min(1 - 1 / (step + 1), decay)
