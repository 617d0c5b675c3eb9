"""What every dataset must keep: shapes and labels as they are read everywhere, and the same each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sat_sweep.conformance.check import Check, require
from sat_sweep.conformance.toy import toy_trial
from sat_sweep.data import Dataset, DatasetSpec, Source, datasets, load
from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch
from sat_sweep.training import epochs


@dataclass(frozen=True)
class DatasetToy:
    """A dataset by name, with `options` such as where it lies."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def spec(self) -> DatasetSpec:
        """Its block of a space file."""
        return datasets[self.name].model_validate({"name": self.name, **self.options})

    @cached_property
    def source(self) -> Source:
        """What its files hold."""
        return self.spec.source()

    @cached_property
    def dataset(self) -> Dataset:
        """What an experiment sees of it."""
        return load(self.spec)


def reads_its_files(toy: DatasetToy) -> None:
    """It reads its files, or says in one sentence what is missing."""
    try:
        count = len(toy.source.labels)
    except DataUnavailable as error:
        require("\n" not in str(error), "DataUnavailable says more than one sentence")
        require(False, f"nothing more can be tried without its files: {error}")
    else:
        require(count > 0, "it has no examples")


def has_labels_of_its_classes(toy: DatasetToy) -> None:
    """Labels are (N,) int64 from 0 on, below the number of classes; class names are told apart."""
    source, classes = toy.source, len(toy.source.class_names)
    for labels in (source.labels, source.test_labels, *source.columns.values()):
        if labels is not None:
            require(labels.dtype == torch.int64 and labels.ndim == 1,
                    f"labels are {labels.dtype} {tuple(labels.shape)}")
            require(int(labels.min()) >= 0 and int(labels.max()) < classes,
                    f"labels go from {int(labels.min())} to {int(labels.max())}, and there are {classes} classes")
    require(len(set(source.class_names)) == classes, "two classes have the same name")


def has_as_many_of_each(toy: DatasetToy) -> None:
    """Images, labels, columns and file names are equally many; `counts` agrees."""
    source, counts = toy.source, toy.spec.counts()
    images = len(source.images)
    of_train = {"labels": len(source.labels), "file names": len(source.files) if source.files is not None else images,
                "images of `counts`": counts.train,
                **{f"column '{name}'": len(column) for name, column in source.columns.items()}}
    wrong = [f"{count} {what}" for what, count in of_train.items() if count != images]
    require(not wrong, f"{images} images and {', '.join(wrong)}")
    tested = None if source.test_images is None else len(source.test_images)
    labelled = None if source.test_labels is None else len(source.test_labels)
    require(tested == labelled == counts.test, f"{tested} test images, {labelled} labels, `counts` says {counts.test}")


def has_inputs_that_networks_take(toy: DatasetToy) -> None:
    """Inputs are (N, C, H, W) bytes or numbers from 0 to 1, or features (N, F) float32, all finite."""
    for images in (toy.dataset.images, toy.dataset.test_images):
        require(images.ndim in (2, 4), f"inputs are {tuple(images.shape)}")
        kinds = (torch.uint8, torch.float32) if images.ndim == 4 else (torch.float32,)
        require(images.dtype in kinds, f"inputs of {images.ndim} dimensions are {images.dtype}")
        if images.dtype == torch.float32:
            require(images.isfinite().all(), "some inputs are not finite")
            require(images.ndim == 2 or (float(images.min()) >= 0 and float(images.max()) <= 1),
                    f"images go from {float(images.min()):g} to {float(images.max()):g}")


def is_the_same_again(toy: DatasetToy) -> None:
    """Read again it is the same to the bit."""
    require(load(toy.spec).fingerprint == toy.dataset.fingerprint, "its fingerprint is another one the second time")


def can_be_trained_on(toy: DatasetToy) -> None:
    """A trial trains on it."""
    spec = toy_trial(epochs=1, dataset=toy.spec.model_dump(mode="json"), rate=0.2)
    *_, last = epochs(spec)
    require(last.diverged is None, f"training broke down: {last.diverged}")


CHECKS: tuple[Check[DatasetToy], ...] = (
    reads_its_files, has_labels_of_its_classes, has_as_many_of_each, has_inputs_that_networks_take, is_the_same_again,
    can_be_trained_on)
