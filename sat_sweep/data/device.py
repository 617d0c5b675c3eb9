"""A trial's data on its device: normalised tensors, ready to be indexed."""

from __future__ import annotations

from dataclasses import dataclass

from sat_sweep.data.statistics import normalise
from sat_sweep.data.trial_data import Part, TrialData
from sat_sweep.imports.lazy import torch


@dataclass(frozen=True)
class DevicePart:
    """Normalised float32 `inputs`, given `labels`, and where known the `true_labels` and which are `wrong`.

    `wrong` is None where true labels are unknown or no label is wrong, `weights` where all examples count the same.
    """

    inputs: torch.Tensor
    labels: torch.Tensor
    true_labels: torch.Tensor | None
    wrong: torch.Tensor | None
    weights: torch.Tensor | None = None


@dataclass(frozen=True)
class DeviceData:
    """The parts on one device; `fill` and `white` (C,) are a black and a white pixel after normalisation."""

    train: DevicePart
    validation: DevicePart | None
    test: DevicePart | None
    trusted: DevicePart | None
    fill: torch.Tensor
    white: torch.Tensor


def to_device(data: TrialData, device: torch.device, *, with_test: bool) -> DeviceData:
    """`data` normalised by its training statistics and moved to `device`; its test part only `with_test`."""

    def move(part: Part | None) -> DevicePart | None:
        return _move(part, data, device) if part is not None else None

    train = _move(data.train, data, device)
    fill = (-data.mean / data.std).flatten().to(device)
    white = ((1 - data.mean) / data.std).flatten().to(device)
    return DeviceData(train, move(data.validation), move(data.test) if with_test else None, move(data.trusted),
                      fill, white)


def _move(part: Part, data: TrialData, device: torch.device) -> DevicePart:
    inputs = normalise(part.inputs, data.mean, data.std, device)
    if inputs.ndim == 4 and device.type == "cuda":
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    labels = part.labels.to(device)
    true = part.true_labels.to(device) if part.true_labels is not None else None
    wrong = true != labels if true is not None else None
    weights = part.weights.to(device) if part.weights is not None else None
    return DevicePart(inputs, labels, true, wrong if wrong is not None and bool(wrong.any()) else None, weights)
