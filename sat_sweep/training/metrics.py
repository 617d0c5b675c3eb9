"""The metrics of an epoch, gathered on the device and fetched once.

Training metrics come from the training pass itself (augmented images, weights as they were at each step), so they
cost no further pass. What is measured on held-out data is the task's affair (`sat_sweep.tasks`).
"""

from __future__ import annotations

import math

from sat_sweep.data.device import DevicePart
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import of_classes


class TrainingMetrics:
    """Collects what the training pass of one epoch predicts, with as little work per step as can be."""

    def __init__(self, part: DevicePart, classes: int) -> None:
        self.part, self.classes = part, classes
        self.batches: list[torch.Tensor] = []
        self.predictions: list[torch.Tensor] = []
        self.losses: list[torch.Tensor] = []

    def add(self, index: torch.Tensor, logits: torch.Tensor, loss: torch.Tensor) -> None:
        """One step on the examples at `index` (B,), of mean `loss`; no synchronisation."""
        self.batches.append(index)
        self.predictions.append(of_classes(logits, self.classes).argmax(dim=1))
        self.losses.append(loss)

    def values(self) -> dict[str, torch.Tensor]:
        """Scalars on the device; the two that need true labels only where wrong labels are known to exist."""
        seen, predictions = torch.cat(self.batches), torch.cat(self.predictions)
        labels = self.part.labels[seen]
        sizes = torch.tensor([len(batch) for batch in self.batches], dtype=torch.float32).to(labels.device)
        metrics = {
            "train/loss": (torch.stack(self.losses) * sizes).sum() / len(seen),
            "train/noisy_accuracy": (predictions == labels).float().mean(),
        }
        return metrics | self._on_wrong_labels(seen, predictions, labels)

    def _on_wrong_labels(self, seen: torch.Tensor, predictions: torch.Tensor,
                         labels: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.part.wrong is None or self.part.true_labels is None:
            return {}
        wrong, true = self.part.wrong[seen], self.part.true_labels[seen]
        return {
            "train/memorized": (wrong & (predictions == labels)).sum() / wrong.sum(),
            "train/corrected": (wrong & (predictions == true)).sum() / wrong.sum(),
        }


def fetch(metrics: dict[str, torch.Tensor]) -> dict[str, float]:
    """The scalars of all `metrics` in one transfer; those that are not finite stay behind."""
    values = torch.stack([value.float() for value in metrics.values()]).tolist()
    return {name: value for name, value in zip(metrics, values, strict=True) if math.isfinite(value)}
