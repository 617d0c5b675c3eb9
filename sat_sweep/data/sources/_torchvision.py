"""What the datasets that torchvision can fetch share."""

from __future__ import annotations

import contextlib
import sys
from abc import ABC
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from sat_sweep.data.dataset import Counts, DatasetSpec
from sat_sweep.errors import DataMissing
from sat_sweep.imports.lazy import torch


class TorchvisionSpec(DatasetSpec, ABC):
    """A dataset that torchvision finds under `root`, or fetches into it."""

    published: ClassVar[Counts]
    """How many images there are, whether they are here or not."""

    root: Path = Path("data")
    """Folder that holds the files."""
    download: bool = False
    """Fetch what is missing."""

    def counts(self) -> Counts:
        """As published."""
        return self.published

    def open(self, dataset: str, **split: Any) -> Any:
        """torchvision's `dataset`, the part `split`; raises DataMissing if files are not there nor to be had."""
        from torchvision import datasets

        try:
            # torchvision reports its downloads on stdout, which belongs to results.
            with contextlib.redirect_stdout(sys.stderr):
                return getattr(datasets, dataset)(root=self.root, download=self.download, **split)
        except Exception as error:  # whatever torchvision makes of files that are not there, or damaged
            raise DataMissing(self._unavailable(error)) from error

    def _unavailable(self, error: Exception) -> str:
        reason = " ".join(str(error).split())
        if self.download:
            return f"{self.name} cannot be fetched to '{self.root}' ({reason}); say with `root:` where it is"
        return (f"{self.name} is not complete under '{self.root}' ({reason}); "
                "say with `root:` where it is, or fetch it with `download: true`")


def channels_first(pixels: np.ndarray) -> torch.Tensor:
    """`pixels` (N, H, W, C) as contiguous (N, C, H, W)."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
