"""What files with columns have in common, whatever becomes of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sat_sweep.data.memory import refuse_too_large
from sat_sweep.data.sources._labels import example_weights
from sat_sweep.errors import DataUnavailable, did_you_mean
from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def read_as(place: Path | str, kind: str) -> Iterator[None]:
    """While what lies at `place` is read as a `kind`, such as Parquet: what goes wrong becomes DataUnavailable."""
    try:
        yield
    except DataUnavailable:
        raise
    except Exception as error:  # whatever a damaged file makes of pyarrow
        raise DataUnavailable(f"{place} cannot be read as {kind}: {error}") from error


def refuse_too_many(rows: int, columns: int, place: Path | str) -> None:
    """Raise DataUnavailable if a table of so many `rows` and `columns` is more than this machine has memory for."""
    refuse_too_large(8 * rows * columns, str(place))


def known_column(table: pa.Table, name: str, place: Path | str) -> pa.ChunkedArray:
    """The column `name` of a table from `place`; raises DataUnavailable unless it is there."""
    if name not in table.column_names:
        raise DataUnavailable(f"{place} has no column '{name}'; {did_you_mean(name, table.column_names)}")
    if table.column_names.count(name) > 1:
        raise DataUnavailable(f"{place} has several columns '{name}'")
    return table.column(name)


def complete_column(table: pa.Table, name: str, place: Path | str) -> pa.ChunkedArray:
    """The same; raises DataUnavailable where values are missing, too."""
    found = known_column(table, name, place)
    if found.null_count:
        raise DataUnavailable(f"{place}: column '{name}' has {found.null_count} missing values")
    return found


def group_numbers(table: pa.Table, name: str | None, place: Path | str) -> torch.Tensor | None:
    """A number for each value of the column `name`, (N,) int64; None without such a column."""
    if name is None:
        return None
    import pyarrow

    column = complete_column(table, name, place)
    try:
        codes = column.combine_chunks().dictionary_encode().indices
    except pyarrow.ArrowException:
        raise DataUnavailable(f"{place}: column '{name}' is of type {column.type}; groups are told apart by text or "
                              "numbers") from None
    return torch.tensor(codes.to_pylist(), dtype=torch.int64)


def weights(table: pa.Table, name: str | None, place: Path | str) -> torch.Tensor | None:
    """The column `name` as weights, (N,) float32; None without such a column. Raises DataUnavailable for others."""
    if name is None:
        return None
    import pyarrow

    column = complete_column(table, name, place)
    try:
        values = column.cast("float64").to_numpy()
    except pyarrow.ArrowException as error:
        raise DataUnavailable(f"{place}: column '{name}' has no numbers: {error}") from None
    return example_weights(values, f"{place}: column '{name}'")


def refuse_shared_groups(train: pa.Table, test: pa.Table, name: str | None, place: Path | str) -> None:
    """Raise DataUnavailable if the test table, of `place`, has groups of the training table."""
    if name is None or name not in test.column_names:
        return
    if shared := {*train.column(name).to_pylist()} & {*test.column(name).to_pylist()}:
        raise DataUnavailable(f"{place}: the test set has rows of {len(shared)} groups that the training set has rows "
                              f"of, such as {min(map(str, shared))}; leave it out, and one is taken from the training "
                              "set by group")
