"""Image files, in memory or on disk, decoded when they are asked for."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from sat_sweep.data.memory import refuse_too_large
from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from PIL import Image

SAMPLED = 1000
"""Of so many images the sizes are told where they differ."""
NAMED = 3
"""Of more sizes than these only the most common are named."""


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
        refuse_too_large(len(indices) * first.size, f"{len(indices):,} images of {first.shape[1]}×{first.shape[2]}")
        images = np.empty((len(indices), *first.shape), dtype=np.uint8)
        for row, position in enumerate(indices.tolist()):
            image = self._decode(position, mode)
            if image.shape != first.shape:
                raise DataUnavailable(self._unequal({*indices[:SAMPLED].tolist(), position}))
            images[row] = image
        return torch.from_numpy(images)

    def _mode(self) -> str:
        """Grey or colour is a property of the set: the first image decides, whatever is asked for."""
        return "L" if self._open(0).mode in ("1", "L", "LA") else "RGB"

    def _unequal(self, positions: Iterable[int]) -> str:
        """What is wrong with images of several sizes, and which one size would do for those at `positions`."""
        sizes = [self._shape(position) for position in sorted(positions)]
        common = [f"{height}×{width} ({count:,})" for (height, width), count in Counter(sizes).most_common(NAMED)]
        different = len(set(sizes))
        more = f" and {different - NAMED:,} more" if different > NAMED else ""
        side = max(8, 8 * round(median(map(min, sizes)) / 8))
        return (f"images differ in size: {', '.join(common)}{more}, as height×width; give `size: {side}`, about the "
                f"median of their shorter sides, or another, to scale all of them to {side}×{side}")

    def _shape(self, position: int) -> tuple[int, int]:
        """Height and width, of which the file's first bytes tell."""
        with self._opened(position, self.read(position)) as image:
            return image.height, image.width

    def _decode(self, position: int, mode: str) -> np.ndarray:
        """One image as (C, H, W) uint8."""
        image = self._open(position, mode)
        if self.size is not None:
            image = image.resize((self.size, self.size))
        return np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)

    def _open(self, position: int, mode: str | None = None) -> Image.Image:
        """Decoded, and brought to `mode` if given."""
        content = self.read(position)
        image = self._opened(position, content)
        if image.format == "EPS":  # a program, which Pillow would have Ghostscript run
            raise DataUnavailable(f"{_called(position, content)} is PostScript; convert it to pixels")
        with _readable(position, content):
            image.load()
        if image.mode.startswith(("I", "F")):
            raise DataUnavailable(f"{_called(position, content)} has more than 8 bits per channel; convert it to 8 "
                                  "bits")
        with _readable(position, content):
            return image if mode is None else image.convert(mode)

    @staticmethod
    def _opened(position: int, content: bytes | Path) -> Image.Image:
        """With its size and mode, but not decoded."""
        from PIL import Image

        if isinstance(content, Path) and content.exists() and not content.is_file():
            raise DataUnavailable(f"{_called(position, content)} is no file")
        with _readable(position, content):
            return Image.open(io.BytesIO(content) if isinstance(content, bytes) else content)


@contextmanager
def _readable(position: int, content: bytes | Path) -> Iterator[None]:
    """While Pillow works on an image: what it makes of one that is damaged or enormous becomes DataUnavailable."""
    from PIL import UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError:
        raise DataUnavailable(f"{_called(position, content)} cannot be read: it is no image of a known kind") from None
    except Exception as error:  # nearly anything
        raise DataUnavailable(f"{_called(position, content)} cannot be read: {error}") from error


def _called(position: int, content: bytes | Path) -> str:
    return f"image {content}" if isinstance(content, Path) else f"image {position}"
