"""Do features tell inputs apart, or are they the same for all?"""

from __future__ import annotations

import math

from sat_sweep.imports.lazy import torch


def feature_deviation(features: torch.Tensor) -> torch.Tensor:
    """Standard deviation of normalised `features` (N, d), a mean over dimensions, times sqrt(d); a scalar in [0, 1].

    0: all the same. 1: evenly in every direction. Chen & He, "Exploring Simple Siamese Representation Learning", CVPR
    2021, arXiv 2011.10566, section 4.1, which leaves out the factor.
    """
    normalised = torch.nn.functional.normalize(features, dim=1)
    return normalised.std(dim=0, correction=0).mean().mul(math.sqrt(features.shape[1]))


def effective_rank(features: torch.Tensor) -> torch.Tensor:
    """In how many directions `features` (N, d) spread: a scalar from 1 to min(N, d), and 0 where they do in none.

    exp of the entropy of the singular values of the centred features, divided by their sum. Roy & Vetterli, "The
    effective rank: A measure of effective dimensionality", EUSIPCO 2007.
    """
    values = torch.linalg.svdvals((features - features.mean(dim=0)).double())
    total = values.sum()
    shares = values / torch.where(total > 0, total, 1.0)
    entropy = -torch.special.xlogy(shares, shares).sum()
    return torch.where(total > 1e-9, entropy.exp(), 0.0).float()
