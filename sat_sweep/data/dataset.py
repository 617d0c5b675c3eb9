"""A dataset: what the files hold (`Source`) and what an experiment sees of it (`Dataset`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Protocol

from pydantic import Field

from sat_sweep.data.archive import write_archive
from sat_sweep.data.imbalance import Imbalance
from sat_sweep.imports.lazy import torch
from sat_sweep.registry import Registry
from sat_sweep.settings import Closed, OneOf, later, registrar


class Images(Protocol):
    """Images that are looked up by position: a tensor, or files that are decoded when asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, indices: torch.Tensor, /) -> torch.Tensor: ...


@dataclass(frozen=True)
class Source:
    """Everything a dataset's files hold, before any choice is made."""

    images: Images
    """(N, C, H, W) uint8 or float32 in [0, 1]; features that are no images: (N, F) float32."""
    labels: torch.Tensor
    """(N,) int64 in [0, classes): the true labels as far as the dataset knows."""
    class_names: tuple[str, ...]
    test_images: Images | None = None
    test_labels: torch.Tensor | None = None
    columns: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """Further label columns of the training images, (N,) int64 each."""
    confusions: Mapping[int, int] | None = None
    """Which class is mistaken for which (asymmetric noise); None: unknown."""
    files: Sequence[str] | None = None
    """What the training images are called, such as `cat/001.png`; None: they have no names."""
    test_files: Sequence[str] | None = None
    """The same of the test images."""
    groups: torch.Tensor | None = None
    """(N,) int64, equal for training images that no split may part; None: there are no such."""
    weights: torch.Tensor | None = None
    """(N,) float32, not negative: how much each training image counts in training; None: all the same."""


@dataclass(frozen=True)
class Origin:
    """Where N images come from: their `rows` in the files, from 0, and what they are called there, if anything."""

    rows: tuple[int, ...]
    files: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Dataset:
    """What an experiment sees: after subset and test split, every tensor on the CPU and never written to."""

    images: torch.Tensor
    labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    class_names: tuple[str, ...]
    columns: Mapping[str, torch.Tensor]
    confusions: Mapping[int, int] | None
    fingerprint: str = ""
    """SHA-256 of everything above, and of `groups` and `weights` where there are any."""
    origin: Origin | None = None
    """Where the training images come from; None: nobody knows any more."""
    test_origin: Origin | None = None
    """The same of the test images: the training files, where the dataset brings no test set."""
    groups: torch.Tensor | None = None
    """(N,) int64, equal for training images that no split may part; None: there are no such."""
    weights: torch.Tensor | None = None
    """(N,) float32, not negative: how much each training image counts in training; None: all the same."""
    test_is_trusted: bool = False
    """Whether the test labels are known to be right, even where those of training are taken as given."""

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one input: (C, H, W) for images, (F,) for features."""
        return tuple(self.images.shape[1:])


class Counts(NamedTuple):
    """How many images the files hold; `test` is None where they bring no test set."""

    train: int
    test: int | None = None


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

    imbalance: Imbalance | None = later(None)
    """Make classes of the training set rare; the test set stays as it is."""

    trusted: int | None = later(None, ge=1)
    """Training images whose true labels are told to methods that need some, which give up as many noisy ones for them;
    all other methods train on these images with their noisy labels."""

    labelled: int | None = later(None, ge=1)
    """So many training images keep their labels, right or wrong, stratified by these; on the rest, methods that can
    train without. An epoch has the steps of a pass over all of them, for every method."""

    test_labels: Literal["as_given", "trusted"] = later("as_given")
    """Beside `noise: {kind: as_given}`: whether the labels of the test set, which the dataset then has to bring, are as
    doubtful as the others, or trusted, so that test accuracy is what it is called."""

    @property
    def keeps_groups(self) -> bool:
        """Whether images belong together, so that how large a part is depends on more than its fraction."""
        return False

    def feature_columns(self) -> list[dict[str, Any]] | None:
        """For inputs that are rows of a table, what becomes of each column, as plain data that `predict` goes by."""
        return None

    def write(self, dataset: Dataset, folder: Path, name: str) -> dict[str, Any]:
        """Write `dataset`, read from these files and changed since, to `folder` under `name`.

        Training examples may be fewer than in the files, and have other labels. Returns the settings that read it again
        from `folder`: a NumPy archive, where a kind of dataset has no better form. Raises UserError where something
        that must not be written over lies under that name.
        """
        return write_archive(dataset, folder / f"{name}.npz")

    @abstractmethod
    def source(self) -> Source:
        """Read the files; raises DataUnavailable with one sentence: what is missing and the remedy."""

    def counts(self) -> Counts:
        """How many images there are; whoever can tell without reading all of them overrides this.

        Raises DataUnavailable as `source` does.
        """
        source = self.source()
        return Counts(len(source.labels), None if source.test_labels is None else len(source.test_labels))


datasets: Registry[type[DatasetSpec]] = Registry("dataset", "sat_sweep.data.sources")
AnyDataset = Annotated[DatasetSpec, OneOf(datasets, by="name")]
register = registrar(datasets, by="name")
"""Class decorator: makes a kind of dataset known by its `name`."""
