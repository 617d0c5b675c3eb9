"""Image files, in memory or on disk, decoded when they are asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class EncodedImages:
    """`count` image files; `read(position)` gives the bytes or the path of one.

    Indexing with positions (B,) decodes those: (B, 1, H, W) uint8 if image 0 is grey, else (B, 3, H, W) RGB.
    `size` scales each to size×size; without it all must have the same size, or DataUnavailable is raised. `mode` is
    "L" or "RGB" where that does not depend on image 0.
    """

    count: int
    read: Callable[[int], bytes | Path]
    size: int | None = None
    mode: str | None = None

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, indices: torch.Tensor, /) -> torch.Tensor:
        mode = self.mode or self._mode()
        first = self._decode(int(indices[0]), mode)
        images = np.empty((len(indices), *first.shape), dtype=np.uint8)
        for row, position in enumerate(indices.tolist()):
            image = self._decode(position, mode)
            if image.shape != first.shape:
                raise DataUnavailable(f"images differ in size: {_size(first)} and {_size(image)}; "
                                      "give `size: N` to scale all of them to N×N")
            images[row] = image
        return torch.from_numpy(images)

    def _mode(self) -> str:
        """Grey or colour is a property of the set: the first image decides, whatever is asked for."""
        return "L" if self._open(0).mode in ("1", "L", "LA") else "RGB"

    def _decode(self, position: int, mode: str) -> np.ndarray:
        """One image as (C, H, W) uint8."""
        image = self._open(position).convert(mode)
        if self.size is not None:
            image = image.resize((self.size, self.size))
        return np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)

    def _open(self, position: int) -> Image.Image:
        from PIL import Image

        content = self.read(position)
        try:
            image = Image.open(io.BytesIO(content) if isinstance(content, bytes) else content)
            image.load()
        except OSError as error:
            raise DataUnavailable(f"{_called(position, content)} cannot be read: {error}") from error
        if image.mode.startswith(("I", "F")):
            raise DataUnavailable(f"{_called(position, content)} has more than 8 bits per channel; convert it to 8 "
                                  "bits")
        return image


def _called(position: int, content: bytes | Path) -> str:
    return f"image {content}" if isinstance(content, Path) else f"image {position}"


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]}×{image.shape[2]}"
