"""A trial's data on its device: normalised tensors, ready to be indexed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sat_sweep.data import Part, TrialData, normalise


@dataclass(frozen=True)
class DevicePart:
    """Normalised float32 `inputs`, given `labels`, and where known the `true_labels` and which are `wrong`.

    `wrong` is None where true labels are unknown or no label is wrong.
    """

    inputs: Tensor
    labels: Tensor
    true_labels: Tensor | None
    wrong: Tensor | None


@dataclass(frozen=True)
class DeviceData:
    """The three parts on one device; `fill` (C,) is a black pixel after normalisation."""

    train: DevicePart
    validation: DevicePart | None
    test: DevicePart | None
    fill: Tensor


def to_device(data: TrialData, device: torch.device, *, with_test: bool) -> DeviceData:
    """`data` normalised by its training statistics and moved to `device`, test images only if they may be read."""

    def move(part: Part | None) -> DevicePart | None:
        return _move(part, data, device) if part is not None else None

    train = _move(data.train, data, device)
    fill = (-data.mean / data.std).flatten().to(device)
    return DeviceData(train, move(data.validation), move(data.test) if with_test else None, fill)


def _move(part: Part, data: TrialData, device: torch.device) -> DevicePart:
    inputs = normalise(part.inputs, data.mean, data.std, device)
    if inputs.ndim == 4 and device.type == "cuda":
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    labels = part.labels.to(device)
    true = part.true_labels.to(device) if part.true_labels is not None else None
    wrong = true != labels if true is not None else None
    return DevicePart(inputs, labels, true, wrong if wrong is not None and bool(wrong.any()) else None)
