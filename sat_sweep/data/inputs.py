"""Images without labels, for a model to predict: one file, a folder of files, or a Parquet table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sat_sweep.data.dataset import Images
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.data.sources.image_folder import image_files
from sat_sweep.data.sources.parquet import encoded_images
from sat_sweep.errors import DataUnavailable


class Inputs(NamedTuple):
    """Images in their order, decoded when they are asked for, and what each is called."""

    names: Sequence[object]
    images: Images


def read_images(path: Path, shape: tuple[int, ...], size: int | None, column: str | None) -> Inputs:
    """The images at `path` as (C, H, W) bytes, decoded as those were that a model of input `shape` was trained on.

    `size` scales each to size×size; `column` is where a Parquet table has them, else `image`. Files are called by their
    path within a folder, rows by their number. Raises DataUnavailable with one sentence.
    """
    if len(shape) != 3:
        raise DataUnavailable(f"{path}: this model takes {shape[0]} features, as an array in an .npz or .npy file")
    if not path.exists():
        raise DataUnavailable(f"{path} does not exist; name an image, a folder of images, or a Parquet, .npz or .npy "
                              "file")
    mode = "L" if shape[0] == 1 else "RGB"
    if path.suffix.lower() == ".parquet" or (path.is_dir() and any(path.glob("*.parquet"))):
        encoded = encoded_images(path, column or "image", size)
        return Inputs(range(len(encoded)), EncodedImages(len(encoded), encoded.read, size, mode))
    files = image_files(path) if path.is_dir() else [path]
    if not files:
        raise DataUnavailable(f"{path} holds no image files")
    read: Callable[[int], Path] = files.__getitem__
    names = [file.relative_to(path).as_posix() if path.is_dir() else file.name for file in files]
    return Inputs(names, EncodedImages(len(files), read, size, mode))
