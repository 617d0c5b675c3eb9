"""Images in Parquet files, in the layout of Hugging Face; noisy labels may stand in further columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sat_sweep.data.dataset import Counts, DatasetSpec, Source, register
from sat_sweep.data.places import Place, local_copy
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.data.sources._labels import class_labels, numbered_names, whole_numbers
from sat_sweep.data.sources._tables import complete_column, group_numbers, read_as, refuse_shared_groups, weights
from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later

if TYPE_CHECKING:
    import pyarrow as pa


@register
class Parquet(DatasetSpec):
    """Images from Parquet files; integer columns beside the true label are noisy labels to choose from."""

    augmentation = "crop+flip"

    name: Literal["parquet"] = "parquet"
    train: Place
    """A Parquet file or a folder of them: a path, or a URI such as s3://bucket/train.parquet."""
    test: Place | None = None
    image: str = "image"
    """Column of image files: struct {bytes, path}, bytes, or paths relative to the Parquet file."""
    label: str = "label"
    """Column of true labels, 0 to classes - 1."""
    columns: tuple[str, ...] | None = None
    """Columns of noisy labels; None takes every other integer column without gaps."""
    size: int | None = Field(None, ge=8)
    """Scale images to size×size pixels; needed where they differ."""
    group: str | None = later(None)
    """A column whose equal values mark images that belong together, such as a patient: no split parts them."""
    weight: str | None = later(None)
    """A column of numbers from 0 on: how much each image counts in training, compared with the others."""

    @property
    def keeps_groups(self) -> bool:
        """Whether images belong together."""
        return self.group is not None

    def source(self) -> Source:
        """Read tables and labels; images are decoded later, only those that are used."""
        train = _read(self.train)
        labels = _labels(train, self.label, self.train)
        names = _class_names(train, self.label) or numbered_names(labels)
        test = None if self.test is None else _read(self.test)
        if test is not None:
            refuse_shared_groups(train, test, self.group, self._test)
        return Source(
            images=_images(train, self.image, self.train, self.size),
            labels=_labels(train, self.label, self.train, len(names)),
            class_names=names,
            test_images=None if test is None else _images(test, self.image, self._test, self.size),
            test_labels=None if test is None else _labels(test, self.label, self._test, len(names)),
            columns={name: _numbers(train, name, self.train) for name in self._noisy_columns(train)},
            groups=group_numbers(train, self.group, self.train),
            weights=weights(train, self.weight, self.train),
        )

    def counts(self) -> Counts:
        """From the files' metadata."""
        return Counts(_rows(self.train), None if self.test is None else _rows(self.test))

    @property
    def _test(self) -> Path | str:
        assert self.test is not None
        return self.test

    def _noisy_columns(self, table: pa.Table) -> tuple[str, ...]:
        if self.columns is not None:
            return self.columns
        return tuple(
            field.name for field in table.schema
            if field.name not in (self.image, self.label, self.group, self.weight) and _is_whole(table, field.name)
        )


def _read(path: Path | str) -> pa.Table:
    import pyarrow.parquet

    with _readable(path) as file:
        return pyarrow.parquet.read_table(file)


def encoded_images(path: Path | str, column: str, size: int | None) -> EncodedImages:
    """The images in `column` of the Parquet files at `path`, scaled to `size` if given; raises DataUnavailable."""
    return _images(_read(path), column, path, size)


def _rows(path: Path | str) -> int:
    import pyarrow.dataset

    with _readable(path) as file:
        return int(pyarrow.dataset.dataset(file, format="parquet").count_rows())


@contextmanager
def _readable(path: Path | str) -> Iterator[Path]:
    """The file or folder at `path`; what goes wrong inside becomes DataUnavailable."""
    file = local_copy(path)
    if not file.exists():
        raise DataUnavailable(f"{path} does not exist; say with `train:` or `test:` where the file lies")
    with read_as(path, "Parquet"):
        yield file


def _is_whole(table: pa.Table, name: str) -> bool:
    import pyarrow

    column = table.column(name)
    return pyarrow.types.is_integer(column.type) and not column.null_count


def _labels(table: pa.Table, name: str, path: Path | str, classes: int | None = None) -> torch.Tensor:
    return class_labels(complete_column(table, name, path).to_numpy(), classes, f"{path}, column '{name}'")


def _numbers(table: pa.Table, name: str, path: Path | str) -> torch.Tensor:
    """A column that may or may not hold labels: whoever uses it as such checks its range."""
    return whole_numbers(complete_column(table, name, path).to_numpy(), f"{path}, column '{name}'")


def _class_names(table: pa.Table, label: str) -> tuple[str, ...]:
    """From the schema's `class_names` or from what Hugging Face writes there; empty if neither is there."""
    metadata = table.schema.metadata or {}
    if b"class_names" in metadata:
        return tuple(metadata[b"class_names"].decode().split(","))
    features = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return tuple(features.get(label, {}).get("names", ()))


def _images(table: pa.Table, name: str, path: Path | str, size: int | None) -> EncodedImages:
    column = complete_column(table, name, path)
    file = local_copy(path)
    folder = file if file.is_dir() else file.parent

    def read(position: int) -> bytes | Path:
        cell = column[position].as_py()
        if isinstance(cell, dict):
            cell = cell["path"] if cell["bytes"] is None else cell["bytes"]
        if cell is None:
            raise DataUnavailable(f"{path}: image {position} has neither bytes nor a path")
        return folder / cell if isinstance(cell, str) else cell

    return EncodedImages(len(column), read, size)
