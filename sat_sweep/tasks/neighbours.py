"""Which class do the nearest training examples say? A classifier that learns nothing, to judge features by.

Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", CVPR 2018, arXiv 1805.01978,
section 3.4: the K most similar training examples by the cosine vote for their given label with exp(cosine / 0.07).
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch

TEMPERATURE = 0.07
CHUNK = 1024
"""Examples whose similarities to all training examples are held at a time."""


def neighbour_votes(features: torch.Tensor, known: torch.Tensor, labels: torch.Tensor, classes: int,
                    neighbours: int) -> torch.Tensor:
    """Votes (N, `classes`) of the `neighbours` nearest of `known` (M, d), with `labels` (M,), for `features` (N, d).

    All of `known` vote where there are fewer.
    """
    known, neighbours = torch.nn.functional.normalize(known, dim=1), min(neighbours, len(known))
    votes = []
    for part in torch.nn.functional.normalize(features, dim=1).split(CHUNK):
        similarity, nearest = (part @ known.T).topk(neighbours, dim=1)
        weights = ((similarity - 1) / TEMPERATURE).exp()  # less 1 in the exponent: votes may be scaled, not overflow
        votes.append(torch.zeros(len(part), classes, device=part.device).scatter_add_(1, labels[nearest], weights))
    return torch.cat(votes)
