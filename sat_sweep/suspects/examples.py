"""All examples that a sweep may speak of: those of the training set, then those of the test set."""

from __future__ import annotations

from sat_sweep.data import Dataset
from sat_sweep.imports.lazy import torch


class Examples:
    """Training and test examples of `dataset` under one numbering."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.training = len(dataset.labels)
        self.count = self.training + len(dataset.test_labels)

    def is_test(self, position: int) -> bool:
        """Whether the example at `position` belongs to the test set."""
        return position >= self.training

    def image(self, position: int) -> torch.Tensor:
        """Its input as the dataset has it."""
        if self.is_test(position):
            return self.dataset.test_images[position - self.training]
        return self.dataset.images[position]

    def where(self, position: int) -> dict[str, str | int]:
        """Its `row` in the data's files, and the `file` if it has a name."""
        test = self.is_test(position)
        origin = self.dataset.test_origin if test else self.dataset.origin
        index = position - self.training if test else position
        if origin is None:
            return {"row": index}
        return {"row": origin.rows[index], **({"file": origin.files[index]} if origin.files is not None else {})}
