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


def draw_pairs(random: np.random.Generator, alpha: float, size: int) -> tuple[float, torch.Tensor]:
    """A share from Beta(`alpha`, `alpha`), one per batch, and a permutation of `size` positions: everybody's partner.

    Swapping the roles of a pair changes nothing in distribution, so the share is taken to be at least 1/2: what is
    predicted for a mixture then belongs to the batch's own label.
    """
    share = float(random.beta(alpha, alpha))
    return max(share, 1 - share), torch.from_numpy(random.permutation(size))
