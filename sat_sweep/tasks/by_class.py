"""What accuracy hides: how single classes fare, and whether probabilities mean what they say.

Nothing here waits for a device, so that an epoch costs no more where it is measured.
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch

BINS = 15
"""Of equal width, as in the paper."""


def class_accuracies(predictions: torch.Tensor, labels: torch.Tensor,
                     classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean and the least of the accuracies within each class, scalars in [0, 1].

    `predictions` and `labels` (N,) in [0, classes). Classes that no label names do not count.
    """
    members = labels[:, None] == torch.arange(classes, device=labels.device)
    right = (members & (predictions == labels)[:, None]).sum(dim=0)
    sizes = members.sum(dim=0)
    present, accuracies = sizes > 0, right / sizes.clamp(min=1)
    return accuracies.sum() / present.sum(), torch.where(present, accuracies, 1.0).amin()


def calibration_error(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The expected calibration error of `probabilities` (N, C) for `labels` (N,), a scalar in [0, 1].

    By Guo et al., On Calibration of Modern Neural Networks, ICML 2017 (arXiv 1706.04599): predictions are put by their
    confidence, the greatest probability, into 15 bins of equal width, open below and closed above. The error is the
    mean, over the bins by their size, of the distance between accuracy and mean confidence in each.
    """
    confidence, predictions = probabilities.max(dim=1)
    number = (confidence * BINS).ceil().clamp(min=1) - 1
    members = number[:, None] == torch.arange(BINS, device=labels.device)
    gaps = ((predictions == labels).float() - confidence)[:, None] * members
    return gaps.sum(dim=0).abs().sum() / len(labels)
