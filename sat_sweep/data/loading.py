"""From what the files hold to what an experiment sees: test split, subsets, fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sat_sweep.data.dataset import Dataset, DatasetSpec, Images, Origin, Source
from sat_sweep.data.imbalance import kept
from sat_sweep.data.sizes import carved_out
from sat_sweep.data.soundness import check_choice, check_inputs, check_source
from sat_sweep.data.splits import stratified_split
from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch

# The data is the user's, not a trial's: which images are in a subset or a carved-out test set never varies.
_DATA_SEED = 20200224


def load(spec: DatasetSpec) -> Dataset:
    """The dataset that `spec` describes, read anew.

    Raises DataUnavailable for files that are missing or not what they should be, and for a part that would be empty,
    UserError for a subset that is larger than the whole, for groups too large to be split, and for a trusted test set
    that is not there.
    """
    found, trusted = spec.source(), spec.test_labels == "trusted"
    check_source(found)
    if trusted and found.test_labels is None:
        raise UserError("dataset.test_labels: a trusted test set has to be brought by the dataset, and this one has "
                        "none: name it in `test:`, or drop the line")
    source, rows, test_rows = _with_test_set(found, spec.test_fraction)
    assert source.test_images is not None
    assert source.test_labels is not None
    train = _training_set(source, spec)
    test = _subset(source.test_labels, spec.test_subset, "test_subset")
    check_choice(source.labels[train], source.class_names, len(test))
    dataset = Dataset(
        source.images[train], source.labels[train],
        source.test_images[test], source.test_labels[test],
        source.class_names,
        {name: column[train] for name, column in source.columns.items()},
        source.confusions,
        origin=_origin(rows[train], source.files), test_origin=_origin(test_rows[test], source.test_files),
        groups=_at(source.groups, train), weights=_at(source.weights, train), test_is_trusted=trusted,
    )
    check_inputs(dataset)
    return replace(dataset, fingerprint=_fingerprint(dataset))


def training_images(spec: DatasetSpec) -> int:
    """The images that training and validation come from: after a test set is carved out and a subset is taken.

    No image is decoded. Raises DataUnavailable where the files that would tell are missing.
    """
    if spec.keeps_groups or spec.imbalance:
        source, _, _ = _with_test_set(spec.source(), spec.test_fraction)
        return len(_training_set(source, spec))
    if spec.subset is not None:
        return spec.subset
    images, test = spec.counts()
    return images if test is not None else images - carved_out(images, spec.test_fraction)


class DataCache:
    """Datasets by the settings that describe them, each read once.

    Whoever loads data makes one and hands it to whoever trains; there is none that a process shares.
    """

    def __init__(self, known: Mapping[str, Dataset] | None = None) -> None:
        self.known = dict(known or {})
        """By the digest of the settings; tensors may be read-only shared memory."""

    def get(self, spec: DatasetSpec) -> Dataset:
        """The dataset that `spec` describes; raises as `load` does."""
        key = spec.digest()
        if key not in self.known:
            self.known[key] = load(spec)
        return self.known[key]


@dataclass(frozen=True)
class _Selection:
    """Some of `images`, themselves not looked up before they are asked for."""

    images: Images
    positions: torch.Tensor

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, indices: torch.Tensor, /) -> torch.Tensor:
        return self.images[self.positions[indices]]


def _with_test_set(source: Source, fraction: float) -> tuple[Source, torch.Tensor, torch.Tensor]:
    """`source` itself if it has a test set, else with one taken from its images; and the rows of both parts.

    What images are called goes by row.
    """
    if source.test_labels is not None:
        return source, torch.arange(len(source.labels)), torch.arange(len(source.test_labels))
    size = carved_out(len(source.labels), fraction)
    train, test = stratified_split(source.labels, size, _DATA_SEED, source.groups)
    carved = replace(
        source,
        images=_Selection(source.images, train), labels=source.labels[train],
        test_images=_Selection(source.images, test), test_labels=source.labels[test],
        columns={name: column[train] for name, column in source.columns.items()},
        test_files=source.files, groups=_at(source.groups, train), weights=_at(source.weights, train),
    )
    return carved, train, test


def _at(values: torch.Tensor | None, rows: torch.Tensor) -> torch.Tensor | None:
    return None if values is None else values[rows]


def _origin(rows: torch.Tensor, files: Sequence[str] | None) -> Origin:
    places = tuple(rows.tolist())
    return Origin(places, None if files is None else tuple(files[row] for row in places))


def _training_set(source: Source, spec: DatasetSpec) -> torch.Tensor:
    """Positions of what is trained and validated on, in ascending order: of a subset what imbalance leaves."""
    subset = _subset(source.labels, spec.subset, "subset", source.groups)
    if spec.imbalance is None:
        return subset
    return subset[kept(source.labels[subset], len(source.class_names), spec.imbalance, _DATA_SEED)]


def _subset(labels: torch.Tensor, size: int | None, option: str, groups: torch.Tensor | None = None) -> torch.Tensor:
    """Positions of a stratified subset in ascending order; of everything if `size` is None."""
    if size is None:
        return torch.arange(len(labels))
    if size > len(labels):
        raise UserError(f"dataset.{option}: {size} images are asked for, but there are only {len(labels)}")
    return stratified_split(labels, size, _DATA_SEED, groups)[1]


def _fingerprint(dataset: Dataset) -> str:
    columns = {f"column {name}": column for name, column in sorted(dataset.columns.items())}
    tensors = {"images": dataset.images, "labels": dataset.labels,
               "test_images": dataset.test_images, "test_labels": dataset.test_labels, **columns,
               **{name: known for name in ("groups", "weights") if (known := getattr(dataset, name)) is not None}}
    shapes = {name: [str(tensor.dtype), *tensor.shape] for name, tensor in tensors.items()}
    confusions = sorted(dataset.confusions.items()) if dataset.confusions is not None else None
    content = hashlib.sha256(json.dumps([shapes, dataset.class_names, confusions]).encode())
    for tensor in tensors.values():
        content.update(tensor.contiguous().numpy().data)
    return content.hexdigest()
