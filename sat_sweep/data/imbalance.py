"""Training sets in which some classes are rare, as benchmarks make them from even ones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.settings import Closed


class Imbalance(Closed):
    """How many examples of each class stay, in the order of the classes; label noise comes after it."""

    kind: Literal["long_tailed", "step"]
    """`long_tailed`: fewer from class to class, by the same ratio each (Cui et al., CVPR 2019, arXiv 1901.05555);
    `step`: the second half of the classes is rare (Buda et al., Neural Networks 2018, arXiv 1710.05381)."""
    factor: float = Field(ge=1)
    """How many times as many examples the first class keeps as the last."""

    def shares(self, classes: int) -> list[float]:
        """The share of its examples that each class keeps, from 1 down to 1 / `factor`."""
        if self.kind == "step":
            return [1.0 if label < (classes + 1) // 2 else 1 / self.factor for label in range(classes)]
        return [self.factor ** (-label / max(1, classes - 1)) for label in range(classes)]


def kept(labels: torch.Tensor, classes: int, imbalance: Imbalance, seed: int) -> torch.Tensor:
    """Positions of what stays of examples with `labels` (N,) in [0, classes), ascending int64.

    Of each class its share, rounded, one at least; which ones is drawn by `seed`, and of a class that keeps fewer these
    are among those of one that keeps more.
    """
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for label, share in enumerate(imbalance.shares(classes)):
        members = (labels == label).nonzero().flatten()
        order = torch.randperm(len(members), generator=generator)
        chosen.append(members[order[:max(1, round(share * len(members)))]])
    return torch.cat(chosen).sort().values
