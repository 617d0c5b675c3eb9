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

    def encoded(self, column: pa.ChunkedArray) -> np.ndarray:
        """One feature, or two."""
        try:
            values = column.cast("float64").to_numpy()
        except Exception as error:
            raise self.refused(f"has no numbers: {error}") from None
        absent = np.isnan(values)
        if np.isinf(values).any():
            raise self.refused("has infinite values; drop or cap them")
        filled = np.where(absent, self.mean, values)
        found = np.stack([filled, absent], axis=1) if self.missing else filled[:, None]
        return found.astype(np.float32)


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
        found = np.array(rows, dtype=np.float32).reshape(len(rows), self.length)
        if not np.isfinite(found).all():
            raise self.refused("has values that are no finite numbers")
        return found


def encoder_of(name: str, column: pa.ChunkedArray, place: str) -> Encoder:
    """What the column `name` of the training file at `place` is: numbers, categories or vectors.

    Raises DataUnavailable for anything else.
    """
    from pyarrow import types

    kind = column.type
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        values = column.cast("float64").to_numpy()
        known = values[~np.isnan(values)]
        return Numbers(name, place, float(known.mean()) if len(known) else 0.0, len(known) < len(values))
    if types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind):
        return _categories(name, column, place)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return Vectors(name, place, len(column[0].as_py() or ()))
    raise DataUnavailable(f"{place}, column '{name}' is of type {kind}, of which no features can be made; turn it into "
                          "numbers or text, or name it in `drop:`")


def _categories(name: str, column: pa.ChunkedArray, place: str) -> Categories:
    known = sorted({value for value in column.to_pylist() if value is not None}, key=str)
    if len(known) > MOST_CATEGORIES:
        raise DataUnavailable(f"{place}, column '{name}' is text with {len(known):,} different values: too many to be "
                              f"categories (at most {MOST_CATEGORIES}); name it in `drop:`, or turn it into numbers")
    return Categories(name, place, tuple(known))
