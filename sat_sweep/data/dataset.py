"""A dataset: what the files hold (`Source`) and what an experiment sees of it (`Dataset`)."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Protocol

import torch
from pydantic import Field
from torch import Tensor

from sat_sweep.closed import Closed
from sat_sweep.data.choice import OneOf, registrar
from sat_sweep.data.splits import stratified_split
from sat_sweep.errors import UserError
from sat_sweep.registry import Registry

# The data is the user's, not a trial's: which images are in a subset or a carved-out test set never varies.
_DATA_SEED = 20200224


class Images(Protocol):
    """Images that are looked up by position: a tensor, or files that are decoded when asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, indices: Tensor, /) -> Tensor: ...


@dataclass(frozen=True)
class Source:
    """Everything a dataset's files hold, before any choice is made."""

    images: Images
    """(N, C, H, W) uint8 or float32 in [0, 1]; features that are no images: (N, F) float32."""
    labels: Tensor
    """(N,) int64 in [0, classes): the true labels as far as the dataset knows."""
    class_names: tuple[str, ...]
    test_images: Images | None = None
    test_labels: Tensor | None = None
    columns: Mapping[str, Tensor] = field(default_factory=dict)
    """Further label columns of the training images, (N,) int64 each."""
    confusions: Mapping[int, int] | None = None
    """Which class is mistaken for which (asymmetric noise); None: unknown."""


@dataclass(frozen=True)
class Dataset:
    """What an experiment sees: after subset and test split, every tensor on the CPU and never written to."""

    images: Tensor
    labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    class_names: tuple[str, ...]
    columns: Mapping[str, Tensor]
    confusions: Mapping[int, int] | None
    fingerprint: str = ""
    """SHA-256 of everything above."""

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one input: (C, H, W) for images, (F,) for features."""
        return tuple(self.images.shape[1:])


class DatasetSpec(Closed, ABC):
    """The options that every dataset has. A dataset is one subclass: its options and its loader in one."""

    augmentation: ClassVar[str] = "none"
    """What "auto" means for this dataset: none, flip, crop or crop+flip."""

    name: str
    subset: int | None = Field(None, ge=2)
    """Train on this many images only, stratified by label; always the same ones."""
    test_subset: int | None = Field(None, ge=2)
    """Test on this many images only, stratified by label; always the same ones."""
    validation_fraction: float = Field(0.2, gt=0, lt=1)
    """Share of the training images kept for noisy validation."""
    test_fraction: float = Field(0.25, gt=0, lt=1)
    """Share of all images that becomes the test set, where the dataset brings none; always the same ones."""

    @abstractmethod
    def source(self) -> Source:
        """Read the files; raises DataUnavailable with one sentence: what is missing and the remedy."""


datasets: Registry[type[DatasetSpec]] = Registry("dataset", "sat_sweep.data.datasets")
AnyDataset = Annotated[DatasetSpec, OneOf(datasets, by="name")]
register = registrar(datasets, by="name")


_loaded: dict[str, Dataset] = {}


def load(spec: DatasetSpec) -> Dataset:
    """The dataset that `spec` describes, read once per process.

    Raises DataUnavailable for files that are missing or not what they should be, UserError for a subset that
    is larger than the whole.
    """
    key = spec.digest()
    if key not in _loaded:
        _loaded[key] = _prepare(spec)
    return _loaded[key]


def preload(spec: DatasetSpec, dataset: Dataset) -> None:
    """From now on `load(spec)` gives `dataset`, whose tensors may be read-only shared memory."""
    _loaded[spec.digest()] = dataset


def _prepare(spec: DatasetSpec) -> Dataset:
    source = _with_test_set(spec.source(), spec.test_fraction)
    assert source.test_images is not None
    assert source.test_labels is not None
    train = _subset(source.labels, spec.subset, "subset")
    test = _subset(source.test_labels, spec.test_subset, "test_subset")
    dataset = Dataset(
        source.images[train], source.labels[train],
        source.test_images[test], source.test_labels[test],
        source.class_names,
        {name: column[train] for name, column in source.columns.items()},
        source.confusions,
    )
    return replace(dataset, fingerprint=_fingerprint(dataset))


@dataclass(frozen=True)
class _Selection:
    """Some of `images`, themselves not looked up before they are asked for."""

    images: Images
    positions: Tensor

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, indices: Tensor, /) -> Tensor:
        return self.images[self.positions[indices]]


def _with_test_set(source: Source, fraction: float) -> Source:
    """`source` itself if it has a test set, else with one taken from its images."""
    if source.test_labels is not None:
        return source
    train, test = stratified_split(source.labels, round(fraction * len(source.labels)), _DATA_SEED)
    return replace(
        source,
        images=_Selection(source.images, train), labels=source.labels[train],
        test_images=_Selection(source.images, test), test_labels=source.labels[test],
        columns={name: column[train] for name, column in source.columns.items()},
    )


def _subset(labels: Tensor, size: int | None, option: str) -> Tensor:
    """Positions of a stratified subset in ascending order; of everything if `size` is None."""
    if size is None:
        return torch.arange(len(labels))
    if size > len(labels):
        raise UserError(f"dataset.{option}: {size} images are asked for, but there are only {len(labels)}")
    return stratified_split(labels, size, _DATA_SEED)[1]


def _fingerprint(dataset: Dataset) -> str:
    columns = {f"column {name}": column for name, column in sorted(dataset.columns.items())}
    tensors = {"images": dataset.images, "labels": dataset.labels,
               "test_images": dataset.test_images, "test_labels": dataset.test_labels, **columns}
    shapes = {name: [str(tensor.dtype), *tensor.shape] for name, tensor in tensors.items()}
    confusions = sorted(dataset.confusions.items()) if dataset.confusions is not None else None
    content = hashlib.sha256(json.dumps([shapes, dataset.class_names, confusions]).encode())
    for tensor in tensors.values():
        content.update(tensor.contiguous().numpy().data)
    return content.hexdigest()
