"""Columns of a table as features: what each is, is decided by the training file, and the same for the test file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sat_sweep.errors import DataUnavailable

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CATEGORIES = 100
"""A column of text with more values than this is rather a name than a category."""
LARGEST = float(np.finfo(np.float32).max)
"""What is larger is infinite as a feature."""


@dataclass(frozen=True)
class Encoder(ABC):
    """Makes features of the column `name`, in the file `place`."""

    name: str
    place: str

    @abstractmethod
    def encoded(self, column: pa.ChunkedArray) -> np.ndarray:
        """(N, F) float32 of a column of N rows; raises DataUnavailable for one of another kind."""

    @abstractmethod
    def as_data(self) -> dict[str, Any]:
        """What `export.predict_tables` goes by: name, kind, and what the training file has decided."""

    def refused(self, what: str) -> DataUnavailable:
        """The sentence for a column that cannot be used: `what` ends it."""
        return DataUnavailable(f"{self.place}, column '{self.name}' {what}")


@dataclass(frozen=True)
class Numbers(Encoder):
    """Numbers as they are, missing ones as `mean`; a second feature where some are `missing` in the training file."""

    mean: float
    missing: bool

    def as_data(self) -> dict[str, Any]:
        """Numbers."""
        return {"name": self.name, "kind": "numbers", "mean": self.mean, "missing": self.missing}

    @classmethod
    def of(cls, name: str, column: pa.ChunkedArray, place: str) -> Numbers:
        """As the training file's `column` decides."""
        values = cls(name, place, 0.0, False)._read(column)
        known = values[~np.isnan(values)]
        return cls(name, place, float(known.mean()) if len(known) else 0.0, len(known) < len(values))

    def encoded(self, column: pa.ChunkedArray) -> np.ndarray:
        """One feature, or two."""
        values = self._read(column)
        absent = np.isnan(values)
        filled = np.where(absent, self.mean, values)
        found = np.stack([filled, absent], axis=1) if self.missing else filled[:, None]
        return found.astype(np.float32)

    def _read(self, column: pa.ChunkedArray) -> np.ndarray:
        """A column as (N,) float64, NaN where a value is missing; raises DataUnavailable where that cannot be."""
        try:
            found: np.ndarray = column.cast("float64").to_numpy()
        except Exception as error:
            raise self.refused(f"cannot be made numbers: {error}; if it tells nothing, such as a row's number, name it "
                               "in `drop:`") from None
        if (np.abs(found[~np.isnan(found)]) > LARGEST).any():
            raise self.refused(f"has infinite values, or some beyond {LARGEST:.2g}; drop or cap them")
        return found


@dataclass(frozen=True)
class Categories(Encoder):
    """A feature for each of the `known` values, 1 where a row has it."""

    known: tuple[Any, ...]

    def as_data(self) -> dict[str, Any]:
        """Categories, as text."""
        return {"name": self.name, "kind": "categories", "known": [str(each) for each in self.known]}

    def encoded(self, column: pa.ChunkedArray) -> np.ndarray:
        """As many features as there are known values; none is 1 for another value."""
        values = column.to_pylist()
        return np.array([[value == each for each in self.known] for value in values], dtype=np.float32).reshape(
            len(values), len(self.known))


@dataclass(frozen=True)
class Vectors(Encoder):
    """Lists of `length` numbers, such as embeddings."""

    length: int

    def as_data(self) -> dict[str, Any]:
        """Vectors."""
        return {"name": self.name, "kind": "vectors", "length": self.length}

    def encoded(self, column: pa.ChunkedArray) -> np.ndarray:
        """As many features as a list has numbers."""
        rows = column.to_pylist()
        if any(row is None or len(row) != self.length or None in row for row in rows):
            raise self.refused(f"has rows that are no lists of {self.length} numbers")
        try:
            found = np.array(rows, dtype=np.float32).reshape(len(rows), self.length)
        except (ValueError, TypeError, OverflowError):
            raise self.refused("has lists of other things than numbers") from None
        if not np.isfinite(found).all():
            raise self.refused("has values that are no finite numbers")
        return found


def encoder_of(name: str, column: pa.ChunkedArray, place: str) -> Encoder:
    """What the column `name` of the training file at `place` is: numbers, categories or vectors.

    Raises DataUnavailable for anything else.
    """
    from pyarrow import types

    kind = column.type
    if _is_number(kind):
        return Numbers.of(name, column, place)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind):
        return _categories(name, column, place)
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    if lists and _is_number(kind.value_type):
        return Vectors(name, place, len(column[0].as_py() or ()) if len(column) else 0)
    raise DataUnavailable(f"{place}, column '{name}' is of type {kind}, of which no features can be made; turn it into "
                          "numbers or text, or name it in `drop:`")


def _is_number(kind: pa.DataType) -> bool:
    from pyarrow import types

    return any(belongs(kind) for belongs in (types.is_boolean, types.is_integer, types.is_floating, types.is_decimal))


def _categories(name: str, column: pa.ChunkedArray, place: str) -> Categories:
    known = sorted({value for value in column.to_pylist() if value is not None}, key=str)
    if len(known) > MOST_CATEGORIES:
        raise DataUnavailable(f"{place}, column '{name}' is text with {len(known):,} different values: too many to be "
                              f"categories (at most {MOST_CATEGORIES}); name it in `drop:`, or turn it into numbers")
    return Categories(name, place, tuple(known))
