"""Datasets of Hugging Face as `save_to_disk` of their package `datasets` leaves them, which is not needed to read them.

    FOLDER/dataset_dict.json            {"splits": ["train", "test"]}; without it FOLDER itself is the only split
    FOLDER/train/state.json             {"_data_files": [{"filename": "data-00000-of-00001.arrow"}, …], …}
    FOLDER/train/data-….arrow           Arrow streams, whose schema has features and class names
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sat_sweep.data.dataset import Counts, register
from sat_sweep.data.places import Place, local_copy, local_file
from sat_sweep.data.sources._image_tables import ImageTable, ImageTables
from sat_sweep.data.sources._tables import read_as
from sat_sweep.errors import DataMissing, DataUnavailable, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

DICTIONARY, STATE = "dataset_dict.json", "state.json"


@register
class HuggingFace(ImageTables):
    """Images from a folder that `datasets` of Hugging Face has written with `save_to_disk`."""

    name: Literal["huggingface"] = "huggingface"
    path: Place
    """The folder: a path, or a URI such as s3://bucket/pets."""
    split: str = "train"
    """The split to train on, where there are several."""
    test_split: str | None = "test"
    """The split to test on; where there is none of that name, or null, a test set is taken from the other."""

    def tables(self) -> tuple[ImageTable, ImageTable | None]:
        """The splits, mapped into memory."""
        folder = self._folder()
        splits = _entry(folder / DICTIONARY, "splits", self.path) if (folder / DICTIONARY).is_file() else None
        if splits is None:
            return self._table(folder), None
        if self.split not in splits:
            known = did_you_mean(self.split, map(str, splits))
            raise DataUnavailable(f"{self.path} has no split '{self.split}'; {known}")
        test = self._table(folder / str(self.test_split)) if self.test_split in splits else None
        return self._table(folder / self.split), test

    def counts(self) -> Counts:
        """Rows are counted; no image is read."""
        train, test = self.tables()
        return Counts(train.rows.num_rows, None if test is None else test.rows.num_rows)

    def _folder(self) -> Path:
        folder = local_copy(self.path)
        if not (folder / DICTIONARY).is_file() and not (folder / STATE).is_file():
            raise (DataUnavailable if folder.exists() else DataMissing)(
                f"{self.path} is no folder that `save_to_disk` has written; say with `path:` where one is")
        return folder

    def _table(self, folder: Path) -> ImageTable:
        import pyarrow

        entries = _entry(folder / STATE, "_data_files", self.path)
        with read_as(self.path, "a dataset of Hugging Face"):
            files = [entry["filename"] for entry in entries]
            if outside := [file for file in files if Path(file).name != file]:
                raise ValueError(f"{STATE} names the file '{outside[0]}' outside of its folder")
            return ImageTable(pyarrow.concat_tables([_stream(folder / file) for file in files]), self.path, folder)


def _stream(file: Path) -> pa.Table:
    import pyarrow

    with pyarrow.memory_map(str(file)) as content, pyarrow.ipc.open_stream(content) as stream:
        return stream.read_all()


def _entry(file: Path, name: str, place: Path | str) -> list[Any]:
    """What `file` has under `name`, a list; raises DataUnavailable."""
    try:
        content: list[Any] = [*json.loads(local_file(file).read_bytes())[name]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataUnavailable(f"{place} cannot be read as a dataset of Hugging Face: {file.name}: {error}") from None
    return content
