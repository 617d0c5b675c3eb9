"""Images in Parquet files, in the layout of Hugging Face; noisy labels may stand in further columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sat_sweep.data.dataset import Counts, register
from sat_sweep.data.places import Place, local_copy
from sat_sweep.data.sources._image_tables import ImageTable, ImageTables, images_of
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.data.sources._tables import read_as, refuse_too_many
from sat_sweep.errors import DataMissing, DataUnavailable


@register
class Parquet(ImageTables):
    """Images from Parquet files; integer columns beside the true label are noisy labels to choose from."""

    name: Literal["parquet"] = "parquet"
    train: Place
    """A Parquet file or a folder of them: a path, or a URI such as s3://bucket/train.parquet."""
    test: Place | None = None
    """The same columns for the test set; its noisy labels are not read."""

    def tables(self) -> tuple[ImageTable, ImageTable | None]:
        """Of all files together."""
        return _read(self.train), None if self.test is None else _read(self.test)

    def counts(self) -> Counts:
        """From the files' metadata."""
        return Counts(_rows(self.train), None if self.test is None else _rows(self.test))


def _read(path: Path | str) -> ImageTable:
    import pyarrow.dataset
    import pyarrow.parquet

    with _readable(path) as file:
        known = pyarrow.dataset.dataset(file, format="parquet")
        refuse_too_many(known.count_rows(), len(known.schema), path)
        return ImageTable(pyarrow.parquet.read_table(file), path, file if file.is_dir() else file.parent)


def encoded_images(path: Path | str, column: str, size: int | None) -> EncodedImages:
    """The images in `column` of the Parquet files at `path`, scaled to `size` if given; raises DataUnavailable."""
    return images_of(_read(path), column, size)


def _rows(path: Path | str) -> int:
    import pyarrow.dataset

    with _readable(path) as file:
        return int(pyarrow.dataset.dataset(file, format="parquet").count_rows())


@contextmanager
def _readable(path: Path | str) -> Iterator[Path]:
    """The file or folder at `path`; what goes wrong inside becomes DataUnavailable."""
    file = local_copy(path)
    if not file.exists():
        raise DataMissing(f"{path} does not exist; say with `train:` or `test:` where the file lies")
    if not file.is_file() and not file.is_dir():
        raise DataUnavailable(f"{path} is neither a file nor a folder of files")
    with read_as(path, "Parquet"):
        yield file
