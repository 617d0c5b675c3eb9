"""What files with columns have in common, whatever becomes of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sat_sweep.errors import DataUnavailable, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def read_as(place: Path | str, kind: str) -> Iterator[None]:
    """While what lies at `place` is read as a `kind`, such as Parquet: what goes wrong becomes DataUnavailable."""
    import pyarrow

    try:
        yield
    except (OSError, pyarrow.ArrowException) as error:
        raise DataUnavailable(f"{place} cannot be read as {kind}: {error}") from error


def known_column(table: pa.Table, name: str, place: Path | str) -> pa.ChunkedArray:
    """The column `name` of a table from `place`; raises DataUnavailable unless it is there."""
    if name not in table.column_names:
        raise DataUnavailable(f"{place} has no column '{name}'; {did_you_mean(name, table.column_names)}")
    return table.column(name)


def complete_column(table: pa.Table, name: str, place: Path | str) -> pa.ChunkedArray:
    """The same; raises DataUnavailable where values are missing, too."""
    found = known_column(table, name, place)
    if found.null_count:
        raise DataUnavailable(f"{place}: column '{name}' has {found.null_count} missing values")
    return found
