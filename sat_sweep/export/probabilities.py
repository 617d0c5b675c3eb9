"""What evaluation sees of finished runs, as one module from raw inputs to probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from sat_sweep.data import TrialData
from sat_sweep.methods import Composition
from sat_sweep.methods.tools import Network, Tools
from sat_sweep.tasks.base import of_classes
from sat_sweep.training.run import TrainingRun


class Networks:
    """The part of `Tools` that a prediction may use: the networks of a run, as they are."""

    def __init__(self, networks: Mapping[str, Network]) -> None:
        self.networks = networks

    def network(self, name: str = "main") -> Network:
        """The network called `name`."""
        return self.networks[name]

    def forward(self, network: Network, inputs: Tensor) -> Tensor:
        """Logits (B, outputs) float32, also of a network that was trained in half precision."""
        logits: Tensor = network.module(inputs)
        return logits


class Probabilities(nn.Module):
    """Raw inputs (B, …) float32, pixels from 0 to 1, to probabilities (B, C) as the run's method predicts them.

    `data` are those that the run was trained on. Logits are divided by `temperature` first. Whatever networks the
    method predicts with are here: two of which it takes the mean, an average of weights, a teacher.
    """

    def __init__(self, run: TrainingRun, data: TrialData, temperature: float) -> None:
        super().__init__()
        self.method: Composition = run.method
        self.tools = cast("Tools", Networks(run.networks))
        self.classes, self.temperature = run.classes, temperature
        names = {f"network{number}": name for number, name in enumerate(sorted(run.networks))}
        self.networks = nn.ModuleDict({key: run.networks[name].module for key, name in names.items()})
        self.mean, self.std = (nn.Buffer(values.view(-1, *(1,) * (len(data.input_shape) - 1)))
                               for values in (data.mean, data.std))

    def forward(self, inputs: Tensor) -> Tensor:
        """Probabilities (B, C)."""
        logits = self.method.predict(self.tools, (inputs - self.mean) / self.std)
        return (of_classes(logits, self.classes) / self.temperature).softmax(dim=1)


class Mean(nn.Module):
    """The mean of what each of `parts` gives for the same inputs."""

    def __init__(self, parts: Sequence[nn.Module]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, inputs: Tensor) -> Tensor:
        """Probabilities (B, C)."""
        return torch.stack([part(inputs) for part in self.parts]).mean(dim=0)
