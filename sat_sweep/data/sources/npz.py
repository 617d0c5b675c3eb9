"""Arrays in a NumPy archive."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from sat_sweep.data.dataset import Counts, DatasetSpec, Source, register
from sat_sweep.data.memory import refuse_too_large
from sat_sweep.data.places import Place, local_file
from sat_sweep.data.soundness import not_finite
from sat_sweep.data.sources._labels import class_labels, example_weights, numbered_names, whole_numbers
from sat_sweep.errors import DataMissing, DataUnavailable
from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later

_OWN = ("y_train", "y_test")


@register
class Npz(DatasetSpec):
    """Arrays x_train, y_train and, if there, x_test, y_test, class_names; other y_* are noisy labels."""

    name: Literal["npz"] = "npz"
    path: Place
    """The archive: a path, or a URI such as s3://bucket/data.npz."""
    group: str | None = later(None)
    """An array beside y_train whose equal values mark examples that belong together: no split parts them."""
    weight: str | None = later(None)
    """An array beside y_train, from 0 on: how much each example counts in training, compared with the others."""

    @property
    def keeps_groups(self) -> bool:
        """Whether examples belong together."""
        return self.group is not None

    def source(self) -> Source:
        """Images (N, H, W), (N, H, W, C) or (N, C, H, W) as uint8 or floats in [0, 1]; features (N, F)."""
        arrays = _read(self.path)
        names = self._class_names(arrays)
        images, labels = self._part(arrays, "train", len(names))
        noisy = [name for name, array in arrays.items() if _is_label(name, array, len(labels))]
        columns = {name: whole_numbers(arrays[name], f"{self.path}, array '{name}'") for name in noisy}
        source = Source(images, labels, names, columns=columns, groups=self._groups(arrays, len(labels)),
                        weights=self._weights(arrays, len(labels)))
        if "x_test" not in arrays:
            return source
        test_images, test_labels = self._part(arrays, "test", len(names))
        return replace(source, test_images=test_images, test_labels=test_labels)

    def counts(self) -> Counts:
        """From the labels, which are small."""
        labels = _read(self.path, _OWN)
        return Counts(len(self._labels(labels, "y_train")), len(labels["y_test"]) if "y_test" in labels else None)

    def _class_names(self, arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
        if (names := arrays.get("class_names")) is None:
            return numbered_names(self._labels(arrays, "y_train"), f"{self.path}, array 'y_train'")
        if names.ndim != 1:
            raise DataUnavailable(f"{self.path}, array 'class_names' must have a name for each class, got shape "
                                  f"{names.shape}")
        return tuple(map(str, names))

    def _part(self, arrays: Mapping[str, np.ndarray], part: str, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
        labels = self._labels(arrays, f"y_{part}", classes)
        return self._inputs(arrays, f"x_{part}", len(labels)), labels

    def _get(self, arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
        if name not in arrays:
            raise DataUnavailable(f"{self.path} has no array '{name}'; it holds {', '.join(sorted(arrays))}")
        return arrays[name]

    def _groups(self, arrays: Mapping[str, np.ndarray], count: int) -> torch.Tensor | None:
        if self.group is None:
            return None
        return torch.from_numpy(np.unique(self._beside(arrays, self.group, count), return_inverse=True)[1])

    def _weights(self, arrays: Mapping[str, np.ndarray], count: int) -> torch.Tensor | None:
        if self.weight is None:
            return None
        values = self._beside(arrays, self.weight, count)
        if values.dtype.kind not in "biuf":
            raise DataUnavailable(f"{self.path}, array '{self.weight}' has no numbers: {values.dtype}")
        return example_weights(values, f"{self.path}, array '{self.weight}'")

    def _beside(self, arrays: Mapping[str, np.ndarray], name: str, count: int) -> np.ndarray:
        """An array with an entry for each training example."""
        if (found := self._get(arrays, name)).shape != (count,):
            raise DataUnavailable(f"{self.path}, array '{name}' has shape {found.shape}, and y_train ({count},)")
        return found

    def _labels(self, arrays: Mapping[str, np.ndarray], name: str, classes: int | None = None) -> torch.Tensor:
        return class_labels(self._get(arrays, name), classes, f"{self.path}, array '{name}'")

    def _inputs(self, arrays: Mapping[str, np.ndarray], name: str, count: int) -> torch.Tensor:
        array, where = self._get(arrays, name), f"{self.path}, array '{name}'"
        if array.ndim not in (2, 3, 4) or not array.size:
            raise DataUnavailable(f"{where}: inputs have 2, 3 or 4 dimensions, none of them 0, got shape {array.shape}")
        if len(array) != count:
            raise DataUnavailable(f"{where}: {len(array)} inputs for {count} labels")
        if array.ndim == 2:
            return _features(array, where)
        return torch.from_numpy(np.ascontiguousarray(_channels_first(_pixels(array, where))))


def _read(path: Path | str, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays called `names`, as far as they are there; all of them if None."""
    file = local_file(path)
    if not file.exists():
        raise DataMissing(f"{path} does not exist; say where the archive lies with `path:`")
    try:
        with zipfile.ZipFile(file) as archive:
            members = {member.filename[:-4]: member for member in archive.infolist()
                       if member.filename.endswith(".npy")}
            chosen = {name: member for name, member in members.items() if names is None or name in names}
            refuse_too_large(sum(member.file_size for member in chosen.values()), str(path))
            return {name: _array(archive, member) for name, member in chosen.items()}
    except DataUnavailable:
        raise
    except Exception as error:  # whatever a damaged archive makes of zlib and NumPy
        raise DataUnavailable(f"{path} cannot be read as .npz without pickles: {error}") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array of an archive; raises ValueError for one that says it is another size than it has room for."""
    with archive.open(member) as file:
        size, dtype = _announced(file)
        if size != member.file_size - file.tell() and not dtype.hasobject:
            raise ValueError(f"{member.filename} announces {size:,} bytes and has {member.file_size:,}")
    with archive.open(member) as file:
        found: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    return found


def _announced(file: IO[bytes]) -> tuple[int, np.dtype[Any]]:
    """How many bytes an array has by its header, and of what type."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return prod(shape) * dtype.itemsize, dtype


def _is_label(name: str, array: np.ndarray, count: int) -> bool:
    noisy = name.startswith("y_") and name not in _OWN
    return noisy and array.shape == (count,) and array.dtype.kind in "iu"


def _features(array: np.ndarray, where: str) -> torch.Tensor:
    """(N, F) float32; what is text, a date or no finite number is refused."""
    if array.dtype.kind not in "biuf":
        raise DataUnavailable(f"{where}: features are numbers, got {array.dtype}; turn them into some, or write a CSV "
                              "file and read it with `dataset: {name: table}`")
    with np.errstate(over="ignore"):
        features = torch.from_numpy(array.astype(np.float32))
    if problem := not_finite(features, range(len(features))):
        raise DataUnavailable(f"{where} has {problem}")
    return features


def _pixels(array: np.ndarray, where: str) -> np.ndarray:
    """uint8 as it is, floats in [0, 1] as float32, anything else refused."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "biuf":
        raise DataUnavailable(f"{where}: images are uint8 or floats in [0, 1], got {array.dtype}")
    if array.dtype.kind != "f" or not (array.min() >= 0 and array.max() <= 1):
        raise DataUnavailable(f"{where}: images are uint8 or floats in [0, 1], got {array.dtype} "
                              f"from {array.min()} to {array.max()}")
    return array.astype(np.float32)


def _channels_first(images: np.ndarray) -> np.ndarray:
    """(N, C, H, W), where C is whichever end has 1, 3 or 4 entries; the first if both have."""
    if images.ndim == 3:
        return images[:, None]
    last = images.shape[1] not in (1, 3, 4) and images.shape[3] in (1, 3, 4)
    return images.transpose(0, 3, 1, 2) if last else images
