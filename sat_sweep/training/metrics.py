"""The metrics of an epoch, gathered on the device and fetched once.

Training metrics come from the training pass itself (augmented images, weights as they were at each step), so they
cost no further pass. Only `val/noisy_*` may reach search, pruning and the choice of an epoch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sat_sweep.training.device_data import DevicePart

EVALUATION_BATCH = 1024


class TrainingMetrics:
    """Collects what the training pass of one epoch predicts, with as little work per step as can be."""

    def __init__(self, part: DevicePart) -> None:
        self.part = part
        self.batches: list[Tensor] = []
        self.predictions: list[Tensor] = []
        self.losses: list[Tensor] = []

    def add(self, index: Tensor, logits: Tensor, loss: Tensor) -> None:
        """One step: no synchronisation."""
        self.batches.append(index)
        self.predictions.append(logits.argmax(dim=1))
        self.losses.append(loss)

    def values(self) -> dict[str, Tensor]:
        """Scalars on the device; the two that need true labels only where wrong labels are known to exist."""
        seen, predictions = torch.cat(self.batches), torch.cat(self.predictions)
        labels = self.part.labels[seen]
        sizes = torch.tensor([len(batch) for batch in self.batches], dtype=torch.float32).to(labels.device)
        metrics = {
            "train/loss": (torch.stack(self.losses) * sizes).sum() / len(seen),
            "train/noisy_accuracy": (predictions == labels).float().mean(),
        }
        return metrics | self._on_wrong_labels(seen, predictions, labels)

    def _on_wrong_labels(self, seen: Tensor, predictions: Tensor, labels: Tensor) -> dict[str, Tensor]:
        if self.part.wrong is None or self.part.true_labels is None:
            return {}
        wrong, true = self.part.wrong[seen], self.part.true_labels[seen]
        return {
            "train/memorized": (wrong & (predictions == labels)).sum() / wrong.sum(),
            "train/corrected": (wrong & (predictions == true)).sum() / wrong.sum(),
        }


@torch.inference_mode()
def logits_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """Logits (N, C) in evaluation mode."""
    model.eval()
    return torch.cat([model(batch).float() for batch in inputs.split(EVALUATION_BATCH)])


def validation_metrics(model: nn.Module, part: DevicePart, *, clean: bool) -> dict[str, Tensor]:
    """Accuracy and loss against the given labels; accuracy against the true ones only if `clean`."""
    logits = logits_of(model, part.inputs)
    predictions = logits.argmax(dim=1)
    metrics = {
        "val/noisy_accuracy": (predictions == part.labels).float().mean(),
        "val/noisy_loss": cross_entropy(logits, part.labels),
    }
    if clean and part.true_labels is not None:
        metrics["val/clean_accuracy"] = (predictions == part.true_labels).float().mean()
    return metrics


def test_metrics(model: nn.Module, part: DevicePart) -> dict[str, Tensor]:
    """Accuracy against the test labels."""
    return {"test/accuracy": (logits_of(model, part.inputs).argmax(dim=1) == part.labels).float().mean()}


def fetch(metrics: dict[str, Tensor]) -> dict[str, float]:
    """All scalars in one transfer; those that are not finite stay behind."""
    values = torch.stack([value.float() for value in metrics.values()]).tolist()
    return {name: value for name, value in zip(metrics, values, strict=True) if math.isfinite(value)}
