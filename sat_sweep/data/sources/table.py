"""Rows of a table: numbers, categories and vectors such as embeddings become features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sat_sweep.data.dataset import Counts, Dataset, DatasetSpec, Source, register
from sat_sweep.data.places import Place, local_copy
from sat_sweep.data.sources._columns import Encoder, encoder_of
from sat_sweep.data.sources._tables import (
    complete_column,
    group_numbers,
    known_column,
    read_as,
    refuse_shared_groups,
    refuse_too_many,
    weights,
)
from sat_sweep.errors import DataMissing, DataUnavailable
from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later

if TYPE_CHECKING:
    import pyarrow as pa


@register
class Table(DatasetSpec):
    """Rows of a CSV or Parquet file; further label columns may be noisy labels to choose from."""

    name: Literal["table"] = "table"
    train: Place
    """A CSV or Parquet file: a path, or a URI such as s3://bucket/train.csv."""
    test: Place | None = None
    """The same columns for the test set, with no further classes."""
    label: str = "label"
    """Column of labels: text or whole numbers, each value a class, in sorted order."""
    columns: tuple[str, ...] = ()
    """Further columns with labels of the same classes, to be used as noisy ones."""
    drop: tuple[str, ...] = ()
    """Columns that are no features, such as a row's number."""
    group: str | None = later(None)
    """A column, no feature, whose equal values mark rows that belong together, such as a patient: no split parts
    them."""
    weight: str | None = later(None)
    """A column, no feature, of numbers from 0 on: how much each row counts in training, compared with the others."""

    @property
    def keeps_groups(self) -> bool:
        """Whether rows belong together."""
        return self.group is not None

    def source(self) -> Source:
        """Features (N, F): numbers as they are, a column per category, vectors side by side; missing values filled in.

        A missing number becomes the mean of its column, and a further feature says that it was missing; a missing or
        unknown category is none of the known ones.
        """
        train = _read(self.train, "train")
        self._check_columns(train)
        classes = _classes(train, self.label, self.train)
        encoders = self._encoders(train)
        source = Source(_encoded(train, encoders), _labels(train, self.label, classes, self.train),
                        tuple(map(str, classes)),
                        columns={name: _labels(train, name, classes, self.train) for name in self.columns},
                        groups=group_numbers(train, self.group, self.train),
                        weights=weights(train, self.weight, self.train))
        if self.test is None:
            return source
        test = _read(self.test, "test")
        refuse_shared_groups(train, test, self.group, self.test)
        if missing := [each.name for each in encoders if each.name not in test.column_names]:
            raise DataUnavailable(f"{self.test} lacks columns of {self.train}: {', '.join(missing)}")
        return replace(source, test_images=_encoded(test, encoders),
                       test_labels=_labels(test, self.label, classes, self.test))

    def write(self, dataset: Dataset, folder: Path, name: str) -> dict[str, Any]:
        """The same columns, to a CSV or Parquet file for training and one for the test set."""
        train = _read(self.train, "train")
        classes = _classes(train, self.label, self.train)
        parts = {"train": (train, dataset.origin, dataset.labels),
                 "test": (train if self.test is None else _read(self.test, "test"), dataset.test_origin,
                          dataset.test_labels)}
        files = {part: f"{name}_{part}{Path(str(self.train)).suffix.lower()}" for part in parts}
        for part, (table, origin, labels) in parts.items():
            assert origin is not None
            values = [classes[label] for label in labels.tolist()]
            _write(_relabelled(table.take(list(origin.rows)), self.label, values), folder / files[part])
        same = self.model_dump(mode="json", include={"label", "columns", "drop", "group", "weight"},
                               exclude_defaults=True)
        return {"name": self.name, **same, **files}

    def feature_columns(self) -> list[dict[str, Any]]:
        """As the training file decides it."""
        train = _read(self.train, "train")
        self._check_columns(train)
        return [each.as_data() for each in self._encoders(train)]

    def _encoders(self, train: pa.Table) -> list[Encoder]:
        return [encoder_of(name, train.column(name), str(self.train)) for name in self._features(train)]

    def _features(self, table: pa.Table) -> list[str]:
        others = {self.label, self.group, self.weight, *self.columns, *self.drop}
        found = [name for name in table.column_names if name not in others]
        if not found:
            raise DataUnavailable(f"{self.train} has no column that is a feature")
        return found

    def _check_columns(self, table: pa.Table) -> None:
        for name in dict.fromkeys((self.label, *self.columns, *self.drop, *table.column_names)):
            known_column(table, name, self.train)

    def counts(self) -> Counts:
        """Rows are counted; of Parquet files from their metadata."""
        return Counts(_rows(self.train, "train"), None if self.test is None else _rows(self.test, "test"))


def _read(place: Path | str, option: str) -> pa.Table:
    with _readable(place, option) as file:
        if file.suffix.lower() == ".parquet":
            import pyarrow.parquet

            known = pyarrow.parquet.read_metadata(file)
            refuse_too_many(known.num_rows, known.num_columns, place)
            return pyarrow.parquet.read_table(file)
        import pyarrow.csv

        options = pyarrow.csv.ConvertOptions(strings_can_be_null=True)
        found = pyarrow.csv.read_csv(file, convert_options=options)
        found.schema.names  # noqa: B018 - raises for names that are no text
        return found


def _rows(place: Path | str, option: str) -> int:
    with _readable(place, option) as file:
        if file.suffix.lower() == ".parquet":
            import pyarrow.parquet

            return int(pyarrow.parquet.read_metadata(file).num_rows)
    return int(_read(place, option).num_rows)


def _relabelled(table: pa.Table, name: str, values: list[str | int]) -> pa.Table:
    import pyarrow

    place = table.column_names.index(name)
    return table.set_column(place, name, pyarrow.array(values, table.column(name).type))


def _write(table: pa.Table, file: Path) -> None:
    if file.suffix == ".parquet":
        import pyarrow.parquet

        pyarrow.parquet.write_table(table, file)
    else:
        import pyarrow.csv

        pyarrow.csv.write_csv(table, file)


@contextmanager
def _readable(place: Path | str, option: str) -> Iterator[Path]:
    """The file at `place`; what goes wrong inside becomes DataUnavailable."""
    file = local_copy(place)
    if not file.is_file():
        kind = DataUnavailable if file.exists() else DataMissing
        raise kind(f"{place} is no file; say with `{option}:` where the table lies")
    with read_as(place, "a table"):
        yield file


def _encoded(table: pa.Table, encoders: Sequence[Encoder]) -> torch.Tensor:
    """All features side by side, (N, F) float32."""
    return torch.from_numpy(np.concatenate([each.encoded(table.column(each.name)) for each in encoders], axis=1))


def _classes(table: pa.Table, name: str, place: Path | str) -> list[str | int]:
    """The values of the label column, sorted."""
    return sorted(set(_label_values(table, name, place)))


def _labels(table: pa.Table, name: str, classes: list[str | int], place: Path | str) -> torch.Tensor:
    numbers = {value: number for number, value in enumerate(classes)}
    values = _label_values(table, name, place)
    if unknown := sorted({str(value) for value in values if value not in numbers}):
        raise DataUnavailable(f"{place}, column '{name}' has labels that the training labels lack: "
                              f"{', '.join(unknown[:5])}")
    return torch.tensor([numbers[value] for value in values])


def _label_values(table: pa.Table, name: str, place: Path | str) -> list[str | int]:
    values: list[str | int] = complete_column(table, name, place).to_pylist()
    kinds = {type(value) for value in values}
    if len(kinds) > 1 or not kinds <= {str, int, bool}:
        raise DataUnavailable(f"{place}: column '{name}' has to be text or whole numbers, got "
                              f"{', '.join(sorted(kind.__name__ for kind in kinds)) or 'no rows'}")
    return values
