"""Image files in one folder per class."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sat_sweep.data.dataset import Counts, Dataset, DatasetSpec, Origin, Source, register
from sat_sweep.data.places import Place, local_copy, local_file
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.errors import DataMissing, DataUnavailable, UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later

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
    groups: Place | None = later(None)
    """A CSV file with the columns `name`, such as cat/001.png, and `group`, of every training image: no split parts
    images of the same group."""

    @property
    def keeps_groups(self) -> bool:
        """Whether images belong together."""
        return self.groups is not None

    def source(self) -> Source:
        """Classes and files in the order of their names; only images that are used are decoded, and later."""
        names = tuple(folder.name for folder in _subfolders(self.train))
        images, labels, files = self._part(self.train, names)
        groups = None if self.groups is None else _groups(self.groups, files)
        source = Source(images, labels, names, files=files, groups=groups)
        if self.test is None:
            return source
        test_images, test_labels, test_files = self._part(self.test, names)
        return replace(source, test_images=test_images, test_labels=test_labels, test_files=test_files)

    def write(self, dataset: Dataset, folder: Path, name: str) -> dict[str, Any]:
        """Folders per class again, of links to the same files, or of copies where the file system has no links.

        A file with another label than before lies in `was CLASS` in the folder of its new class.
        """
        if (folder / name).exists():
            raise UserError(f"{folder / name} is there already: delete it, or choose another folder with --out")
        assert dataset.origin is not None
        assert dataset.test_origin is not None
        train = _link(local_copy(self.train), folder / name / "train", dataset.origin, dataset.labels,
                      dataset.class_names)
        _link(local_copy(self.test or self.train), folder / name / "test", dataset.test_origin, dataset.test_labels,
              dataset.class_names)
        settings = {"name": self.name, "train": f"{name}/train", "test": f"{name}/test", "size": self.size}
        if dataset.groups is not None:
            _write_groups(folder / name / "groups.csv", train, dataset.groups)
            settings["groups"] = f"{name}/groups.csv"
        return settings

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


def _groups(place: Path | str, files: Sequence[str]) -> torch.Tensor:
    """A number for the group of each of `files`, (N,) int64."""
    known, numbers = _read_groups(place), dict[str, int]()
    if lacking := [file for file in files if file not in known]:
        raise DataUnavailable(f"{place} has no group for {len(lacking):,} of {len(files):,} images, such as "
                              f"{lacking[0]}")
    return torch.tensor([numbers.setdefault(known[file], len(numbers)) for file in files])


def _read_groups(place: Path | str) -> dict[str, str]:
    """The group of each name that the CSV file at `place` lists."""
    try:
        with local_file(place).open(newline="", encoding="utf-8-sig") as file:
            return {row["name"]: row["group"] for row in csv.DictReader(file)}
    except KeyError as error:
        raise DataUnavailable(f"{place} has no column {error}; it takes the columns name and group") from None
    except (OSError, ValueError, csv.Error) as error:
        raise DataUnavailable(f"{place} cannot be read as a CSV file of groups: {error}") from None


def _link(root: Path, target: Path, origin: Origin, labels: torch.Tensor, class_names: Sequence[str]) -> list[str]:
    """Files below `root` as files below `target`, each in the folder of its label; what they are called there."""
    assert origin.files is not None
    called = []
    for name in class_names:
        (target / name).mkdir(parents=True)
    for file, label in zip(origin.files, labels.tolist(), strict=True):
        before, _, rest = file.partition("/")
        after = class_names[label]
        called.append(f"{after}/{rest}" if before == after else f"{after}/was {before}/{rest}")
        place = target / called[-1]
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            place.hardlink_to(root / file)
        except OSError:
            shutil.copy2(root / file, place)
    return called


def _write_groups(place: Path, files: Sequence[str], groups: torch.Tensor) -> None:
    with place.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("name", "group"), *zip(files, groups.tolist(), strict=True)])


def _subfolders(root: Path | str) -> list[Path]:
    place = local_copy(root)
    if not place.is_dir():
        raise (DataUnavailable if place.exists() else DataMissing)(
            f"{root} is no folder; say with `train:` or `test:` where class folders are")
    folders = sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
    for folder in folders:
        _refuse_leading_out(folder, place)
    if len(folders) < 2:
        raise DataUnavailable(f"{root} needs one folder per class, at least 2, and has {len(folders)}")
    return folders


def image_files(folder: Path) -> list[Path]:
    """The image files in `folder` and below, in the order of their names.

    Links to files are followed. Raises DataUnavailable for what has the name of an image and is none, such as a pipe,
    and for a link to a folder outside: whoever made the folder cannot have others read from there.
    """
    found = []
    for place, folders, files in os.walk(folder, onerror=_refuse_unread):
        for name in folders:
            _refuse_leading_out(Path(place, name), folder)
        found += [Path(place, name) for name in files if Path(name).suffix.lower() in _ENDINGS]
    for file in found:
        if not file.is_file():
            raise DataUnavailable(f"{file} is called an image, and is no file; remove it")
    return sorted(found)


def _refuse_unread(error: OSError) -> None:
    raise DataUnavailable(f"{error.filename} cannot be read: {error.strerror}") from error


def _refuse_leading_out(folder: Path, root: Path) -> None:
    """Raise DataUnavailable if `folder`, which lies in `root`, is a link to somewhere else."""
    if folder.is_symlink() and not folder.resolve().is_relative_to(root.resolve()):
        raise DataUnavailable(f"{folder} is a link to a folder outside of {root}, and is not followed; copy that "
                              "folder, or link its files one by one")
