"""Pairs of examples, mixed: what mixup and its relatives share.

Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv 1710.09412.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    import numpy as np


def mix(values: torch.Tensor, partners: torch.Tensor, share: float) -> torch.Tensor:
    """`share` of each of `values` (B, …) and the rest of its partner, for `partners` (B,) positions in the batch."""
    return values.lerp(values[partners], 1 - share)


def mix_each(values: torch.Tensor, partners: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """As `mix`, with `shares` (B,): one for each of `values` (B, …) and its one of `partners` (B,)."""
    return values.lerp(values[partners], (1 - shares).view(-1, *[1] * (values.dim() - 1)))


def draw_pairs(random: np.random.Generator, alpha: float, size: int) -> tuple[float, torch.Tensor]:
    """A share from Beta(`alpha`, `alpha`), one per batch, and a permutation of `size` positions: everybody's partner.

    Swapping the roles of a pair changes nothing in distribution, so the share is taken to be at least 1/2: what is
    predicted for a mixture then belongs to the batch's own label.
    """
    share = float(random.beta(alpha, alpha))
    return max(share, 1 - share), torch.from_numpy(random.permutation(size))


def draw_pairs_each(random: np.random.Generator, alpha: float, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """As `draw_pairs`: a share of Beta(`alpha`, `alpha`) for each of `size` examples, (size,) float32, and partners."""
    shares = torch.from_numpy(random.beta(alpha, alpha, size)).float()
    return torch.maximum(shares, 1 - shares), torch.from_numpy(random.permutation(size))
