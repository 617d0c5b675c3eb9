"""Image files in one folder per class."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from sat_sweep.data.dataset import Counts, DatasetSpec, Source, register
from sat_sweep.data.places import Place, local_copy
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch

_ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}


@register
class ImageFolder(DatasetSpec):
    """Image files in folders, one folder per class, which it names."""

    augmentation = "crop+flip"

    name: Literal["image_folder"] = "image_folder"
    train: Place
    """Folder of class folders: a path, or a URI such as s3://bucket/train."""
    test: Place | None = None
    """The same for the test set, with no further classes."""
    size: int | None = Field(None, ge=8)
    """Scale images to size×size pixels; needed where they differ."""

    def source(self) -> Source:
        """Classes and files in the order of their names; only images that are used are decoded, and later."""
        names = tuple(folder.name for folder in _subfolders(self.train))
        images, labels, files = self._part(self.train, names)
        if self.test is None:
            return Source(images, labels, names, files=files)
        test_images, test_labels, test_files = self._part(self.test, names)
        return Source(images, labels, names, test_images, test_labels, files=files, test_files=test_files)

    def counts(self) -> Counts:
        """Files are counted, none is opened."""
        train = sum(len(image_files(folder)) for folder in _subfolders(self.train))
        return Counts(train, None if self.test is None else
                      sum(len(image_files(folder)) for folder in _subfolders(self.test)))

    def _part(self, root: Path | str, names: tuple[str, ...]) -> tuple[EncodedImages, torch.Tensor, list[str]]:
        folders = _subfolders(root)
        if unknown := [folder.name for folder in folders if folder.name not in names]:
            raise DataUnavailable(f"{root} has classes that the training folder lacks: {', '.join(unknown)}")
        found = [(file, names.index(folder.name)) for folder in folders for file in image_files(folder)]
        if not found:
            raise DataUnavailable(f"{root} holds no image files in its class folders")
        files, labels = zip(*found, strict=True)
        place = local_copy(root)
        called = [file.relative_to(place).as_posix() for file in files]
        return EncodedImages(len(files), files.__getitem__, self.size), torch.tensor(labels), called


def _subfolders(root: Path | str) -> list[Path]:
    place = local_copy(root)
    if not place.is_dir():
        raise DataUnavailable(f"{root} is no folder; say with `train:` or `test:` where class folders are")
    folders = sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
    if len(folders) < 2:
        raise DataUnavailable(f"{root} needs one folder per class, at least 2, and has {len(folders)}")
    return folders


def image_files(folder: Path) -> list[Path]:
    """The image files in `folder` and below, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)
