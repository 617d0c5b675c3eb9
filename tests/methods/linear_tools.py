"""What a run lends to a step, around a linear network: attacks on it can be worked out."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import torch


class LinearTools:
    """A network with logits (-w.x, w.x), pixels between -2 and 2; remembers what it was asked for."""

    def __init__(self, weights: torch.Tensor) -> None:
        self.main = SimpleNamespace(module=None)
        self.bounds = (torch.tensor([-2.0], dtype=weights.dtype), torch.tensor([2.0], dtype=weights.dtype))
        self.weights, self.evaluating = weights, False
        self.passes: list[tuple[bool, torch.Tensor]] = []
        self.loss: torch.Tensor | None = None

    def network(self):
        return self.main

    def random(self, name):
        return np.random.default_rng(sum(map(ord, name)))

    def forward(self, network, inputs):
        self.passes.append((self.evaluating, inputs.detach()))
        margin = (inputs * self.weights).flatten(1).sum(dim=1)
        return torch.stack([-margin, margin], dim=1)

    def descend(self, network, loss):
        self.loss = loss.detach()

    @contextmanager
    def in_evaluation_mode(self, network):
        self.evaluating = True
        yield
        self.evaluating = False

    @property
    def trained_on(self) -> list[torch.Tensor]:
        """The inputs of all passes in training mode."""
        return [inputs for evaluating, inputs in self.passes if not evaluating]
