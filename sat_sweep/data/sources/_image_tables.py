"""Tables of images, wherever they come from; noisy labels may stand in further columns."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from sat_sweep.data.dataset import DatasetSpec, Source
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.data.sources._labels import class_labels, numbered_names, whole_numbers
from sat_sweep.data.sources._tables import complete_column, group_numbers, refuse_shared_groups, weights
from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later

if TYPE_CHECKING:
    import pyarrow as pa


class ImageTable(NamedTuple):
    """Rows with their images; `place` is what a person calls it, `folder` where paths in it begin."""

    rows: pa.Table
    place: Path | str
    folder: Path


class ImageTables(DatasetSpec, ABC):
    """What datasets share that are tables with a column of images."""

    augmentation = "crop+flip"

    image: str = "image"
    """Column of image files: struct {bytes, path}, bytes, or paths relative to the table's file."""
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

    @abstractmethod
    def tables(self) -> tuple[ImageTable, ImageTable | None]:
        """The training table and, if there is one, that of the test set; raises DataUnavailable."""

    def source(self) -> Source:
        """Read tables and labels; images are decoded later, only those that are used."""
        train, test = self.tables()
        labels = _labels(train, self.label)
        names = _class_names(train, self.label) or numbered_names(labels, f"{train.place}, column '{self.label}'")
        if test is not None:
            refuse_shared_groups(train.rows, test.rows, self.group, test.place)
        return Source(
            images=images_of(train, self.image, self.size),
            labels=_labels(train, self.label, len(names)),
            class_names=names,
            test_images=None if test is None else images_of(test, self.image, self.size),
            test_labels=None if test is None else _labels(test, self.label, len(names)),
            columns={name: _numbers(train, name) for name in self._noisy_columns(train.rows)},
            groups=group_numbers(train.rows, self.group, train.place),
            weights=weights(train.rows, self.weight, train.place),
        )

    def _noisy_columns(self, table: pa.Table) -> tuple[str, ...]:
        if self.columns is not None:
            return self.columns
        return tuple(
            field.name for field in table.schema
            if field.name not in (self.image, self.label, self.group, self.weight) and _is_whole(table, field.name)
        )


def images_of(table: ImageTable, name: str, size: int | None) -> EncodedImages:
    """The images in column `name`, scaled to `size` if given; raises DataUnavailable."""
    column = complete_column(table.rows, name, table.place)
    if not _may_hold_images(column.type):
        raise DataUnavailable(f"{table.place}, column '{name}' is of type {column.type}, and images are bytes, paths, "
                              "or both as struct {bytes, path}")

    def read(position: int) -> bytes | Path:
        cell = column[position].as_py()
        if isinstance(cell, dict):
            cell = cell.get("path") if cell.get("bytes") is None else cell["bytes"]
        if cell is None:
            raise DataUnavailable(f"{table.place}: image {position} has neither bytes nor a path")
        return table.folder / cell if isinstance(cell, str) else cell

    return EncodedImages(len(column), read, size)


def _may_hold_images(kind: pa.DataType) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        parts = {kind.field(number).name: kind.field(number).type for number in range(kind.num_fields)}
        known = [parts[name] for name in ("bytes", "path") if name in parts]
        return bool(known) and all(types.is_null(part) or _may_hold_images(part) for part in known)
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_string(kind)
                or types.is_large_string(kind))


def _is_whole(table: pa.Table, name: str) -> bool:
    import pyarrow

    column = table.column(name)
    return pyarrow.types.is_integer(column.type) and not column.null_count


def _labels(table: ImageTable, name: str, classes: int | None = None) -> torch.Tensor:
    column = complete_column(table.rows, name, table.place)
    return class_labels(column.to_numpy(), classes, f"{table.place}, column '{name}'")


def _numbers(table: ImageTable, name: str) -> torch.Tensor:
    """A column that may or may not hold labels: whoever uses it as such checks its range."""
    return whole_numbers(complete_column(table.rows, name, table.place).to_numpy(), f"{table.place}, column '{name}'")


def _class_names(table: ImageTable, label: str) -> tuple[str, ...]:
    """From the schema's `class_names` or from what Hugging Face writes there; empty if neither is there."""
    metadata = table.rows.schema.metadata or {}
    try:
        if b"class_names" in metadata:
            return tuple(metadata[b"class_names"].decode().split(","))
        features = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
        return tuple(map(str, features.get(label, {}).get("names") or ()))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise DataUnavailable(f"{table.place}: the names of its classes cannot be read: {error}") from error
