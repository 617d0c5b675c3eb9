"""Rows of a CSV or Parquet file as the features that an exported model takes.

Copied into the folder of a model of tables, beside `predict.py`, which calls it; NumPy is all that it needs, and
pyarrow for Parquet. What becomes of a column stands in `model.json`, as the training table decided it:

    {"name": "weight", "kind": "numbers", "mean": 3.0, "missing": true}     itself, and whether it was missing
    {"name": "colour", "kind": "categories", "known": ["blue", "red"]}      1 for the one that it is
    {"name": "embedding", "kind": "vectors", "length": 512}                 side by side
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MISSING = {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "N/A", "NA",
           "NULL", "NaN", "n/a", "nan", "null"}
"""What stands for nothing in a CSV file, as where it was trained."""
TRUTH = {"true": 1.0, "True": 1.0, "TRUE": 1.0, "false": 0.0, "False": 0.0, "FALSE": 0.0}


class TableError(ValueError):
    """A file is no table with the columns that a model takes; the message is one sentence, with row and column."""


class Place(NamedTuple):
    """Where a cell stands; rows count from 0, as those of the answer do."""

    path: Path
    column: str
    row: int = 0

    def refused(self, what: str) -> TableError:
        """The error for this cell; `what` ends the sentence."""
        return TableError(f"{self.path}, row {self.row}, column '{self.column}': {what}")


def features(path: Path, columns: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """All rows as the model's `columns` have them, (N, F) float32; raises TableError."""
    read = {".csv": _csv, ".parquet": _parquet}.get(path.suffix.lower())
    if read is None:
        raise TableError(f"{path}: this model takes rows of a table, as a .csv or .parquet file, or as an array in an "
                         ".npz or .npy file")
    table = read(path)
    if lacking := [column["name"] for column in columns if column["name"] not in table]:
        raise TableError(f"{path} lacks columns that the model takes: {', '.join(lacking)}; it has {', '.join(table)}")
    if not next(iter(table.values())):
        raise TableError(f"{path} has no rows")
    found = [_encoded(column, table[column["name"]], Place(path, column["name"])) for column in columns]
    return np.concatenate(found, axis=1).astype(np.float32)


def _encoded(column: Mapping[str, Any], cells: Sequence[Any], place: Place) -> np.ndarray:
    """One column, (N, F) float64."""
    encode = ENCODERS[column["kind"]]
    return np.array([encode(column, cell, place._replace(row=row)) for row, cell in enumerate(cells)], dtype=np.float64)


def _number(column: Mapping[str, Any], cell: Any, place: Place) -> list[float]:
    value = column["mean"] if (absent := _is_missing(cell)) else _as_number(cell, place)
    return [value, float(absent)] if column["missing"] else [value]


def _category(column: Mapping[str, Any], cell: Any, place: Place) -> list[float]:
    """A missing one is none of those that are known."""
    if not _is_missing(cell) and str(cell) not in column["known"]:
        raise place.refused(f"'{cell}' is none of the categories that the model knows: {', '.join(column['known'])}")
    return [float(str(cell) == each) for each in column["known"]]


def _vector(column: Mapping[str, Any], cell: Any, place: Place) -> list[float]:
    """In a CSV file as a list in JSON."""
    try:
        values = json.loads(cell) if isinstance(cell, str) else list(cell)
    except (TypeError, ValueError):
        raise place.refused(f"it is no list of {column['length']} numbers") from None
    if not isinstance(values, list) or len(values) != column["length"]:
        raise place.refused(f"it is no list of {column['length']} numbers")
    return [_as_number(value, place) for value in values]


ENCODERS: dict[str, Callable[[Mapping[str, Any], Any, Place], list[float]]] = {
    "numbers": _number, "categories": _category, "vectors": _vector}


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell in MISSING) or (isinstance(cell, float) and math.isnan(cell))


def _as_number(cell: Any, place: Place) -> float:
    try:
        value = TRUTH[cell] if isinstance(cell, str) and cell in TRUTH else float(cell)
    except (TypeError, ValueError):
        raise place.refused(f"'{cell}' is no number") from None
    if not math.isfinite(value):
        raise place.refused(f"'{cell}' is no finite number")
    return value


def _csv(path: Path) -> dict[str, list[Any]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except (OSError, ValueError, csv.Error) as error:
        raise TableError(f"{path} cannot be read as CSV: {error}") from None
    header, rows = (lines or [[]])[0], lines[1:]
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise TableError(f"{path}, row {number}: {len(row)} cells under {len(header)} names of columns")
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def _parquet(path: Path) -> dict[str, list[Any]]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise TableError(f"{path}: to read Parquet takes the package pyarrow, which is not here; a CSV file takes "
                         "nothing") from None
    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise TableError(f"{path} cannot be read as Parquet: {error}") from None
    return {name: table.column(name).to_pylist() for name in table.column_names}
