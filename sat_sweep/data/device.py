"""A trial's data on its device: normalised tensors, ready to be indexed."""

from __future__ import annotations

from dataclasses import dataclass

from sat_sweep.data.statistics import normalise
from sat_sweep.data.trial_data import Part, TrialData, UnlabelledPart
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
class DeviceUnlabelled:
    """Normalised float32 `inputs` without labels; the `true_labels` only where they may be read and are known."""

    inputs: torch.Tensor
    true_labels: torch.Tensor | None = None


@dataclass(frozen=True)
class DeviceData:
    """The parts on one device; `fill` and `white` (C,) are a black and a white pixel after normalisation."""

    train: DevicePart
    validation: DevicePart | None
    test: DevicePart | None
    trusted: DevicePart | None
    fill: torch.Tensor
    white: torch.Tensor
    unlabelled: DeviceUnlabelled | None = None

    @property
    def examples_per_epoch(self) -> int:
        """How many examples the steps of an epoch have room for: one pass over everything that is trained on."""
        return len(self.train.labels) + (len(self.unlabelled.inputs) if self.unlabelled is not None else 0)


def to_device(data: TrialData, device: torch.device, *, with_test: bool) -> DeviceData:
    """`data` normalised by its training statistics and moved to `device`.

    Only `with_test` are there the test part and what the labels would be of examples that are trained on without.
    """

    def move(part: Part | None) -> DevicePart | None:
        return _move(part, data, device) if part is not None else None

    train = _move(data.train, data, device)
    fill = (-data.mean / data.std).flatten().to(device)
    white = ((1 - data.mean) / data.std).flatten().to(device)
    return DeviceData(train, move(data.validation), move(data.test) if with_test else None, move(data.trusted),
                      fill, white, _unlabelled(data, device, with_labels=with_test))


def _inputs(part: Part | UnlabelledPart, data: TrialData, device: torch.device) -> torch.Tensor:
    inputs = normalise(part.inputs, data.mean, data.std, device)
    on_gpu = inputs.ndim == 4 and device.type == "cuda"
    return inputs.contiguous(memory_format=torch.channels_last) if on_gpu else inputs


def _unlabelled(data: TrialData, device: torch.device, *, with_labels: bool) -> DeviceUnlabelled | None:
    if (part := data.unlabelled) is None:
        return None
    true = part.true_labels if with_labels else None
    return DeviceUnlabelled(_inputs(part, data, device), true.to(device) if true is not None else None)


def _move(part: Part, data: TrialData, device: torch.device) -> DevicePart:
    inputs = _inputs(part, data, device)
    labels = part.labels.to(device)
    true = part.true_labels.to(device) if part.true_labels is not None else None
    wrong = true != labels if true is not None else None
    weights = part.weights.to(device) if part.weights is not None else None
    return DevicePart(inputs, labels, true, wrong if wrong is not None and bool(wrong.any()) else None, weights)
