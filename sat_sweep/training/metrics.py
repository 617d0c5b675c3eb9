"""The metrics of an epoch, gathered on the device and fetched once.

Training metrics come from the training pass itself (augmented images, weights as they were at each step), so they
cost no further pass. Only `val/noisy_*` may reach search, pruning and the choice of an epoch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sat_sweep.training.task import DevicePart

EVALUATION_BATCH = 1024


class TrainingMetrics:
    """Collects what the training pass of one epoch predicts."""

    def __init__(self, part: DevicePart) -> None:
        self.part = part
        self.predictions = torch.full_like(part.labels, -1)
        self.loss = torch.zeros((), device=part.labels.device)

    def add(self, index: Tensor, logits: Tensor, loss: Tensor) -> None:
        """One step: no synchronisation."""
        self.predictions.index_copy_(0, index, logits.argmax(dim=1))
        self.loss += loss * len(index)

    def values(self) -> dict[str, Tensor]:
        """Scalars on the device; the two that need true labels only where wrong labels are known to exist."""
        seen = self.predictions >= 0
        count = seen.sum()
        metrics = {
            "train/loss": self.loss / count,
            "train/noisy_accuracy": (self.predictions == self.part.labels).sum() / count,
        }
        if self.part.wrong is not None:
            wrong = self.part.wrong & seen
            metrics["train/memorized"] = (wrong & (self.predictions == self.part.labels)).sum() / wrong.sum()
            metrics["train/corrected"] = (wrong & (self.predictions == self.part.true_labels)).sum() / wrong.sum()
        return metrics


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
