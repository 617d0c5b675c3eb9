"""The network part of `self_supervised.py`: what stands in the place of a network's last layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ProjectionHead(nn.Module):
    """From features (B, `features`) to logits of `classes`, then `projection` numbers, then as many predicted ones.

    Logits are linear in the normalised features, and no gradient goes from them into these. The projector is a hidden
    layer of `hidden` units with batch normalisation; so is the predictor on top of it, where it `predicts`.
    """

    is_head = True

    def __init__(self, features: int, classes: int, projection: int, hidden: int, *, predicts: bool) -> None:
        super().__init__()
        self.classifier = nn.Sequential(nn.BatchNorm1d(features, affine=False), nn.Linear(features, classes))
        self.projector = _perceptron(features, hidden, projection)
        self.predictor = _perceptron(projection, hidden, projection) if predicts else None

    def forward(self, features: Tensor) -> Tensor:
        """All outputs side by side, (B, classes + projection) or (B, classes + 2 projection)."""
        projected = self.projector(features)
        outputs = [self.classifier(features.detach()), projected]
        if self.predictor is not None:
            outputs.append(self.predictor(projected))
        return torch.cat(outputs, dim=1)


def _perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True),
                         nn.Linear(hidden, outputs))
