"""What a kind of noise is: a block of a space file, its levels, what a level does to a dataset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated

from sat_sweep.data.dataset import Dataset
from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.registry import Registry
from sat_sweep.settings import Closed, OneOf, later, registrar


class NoiseLevel(Closed):
    """One level of one kind: what a trial has to endure. The kind decides which of the options are set."""

    kind: str
    label: str
    """How tables name it: "symmetric-0.4", "label_worse"."""
    rate: float | None = None
    column: str | None = None
    matrix: tuple[tuple[float, ...], ...] | None = None
    pairs: tuple[tuple[str, str], ...] | None = None
    projections: str | None = later(None)


@dataclass(frozen=True)
class Corrupted:
    """A training set after noise."""

    images: torch.Tensor
    labels: torch.Tensor
    """(N,) int64, as given to the learner."""
    true_labels: torch.Tensor | None
    """(N,) int64; None: unknown."""
    corrupted_inputs: float = 0.0
    """Share of inputs that were destroyed."""


class NoiseSpec(Closed, ABC):
    """The `noise:` block of a space file. A kind of noise is one subclass."""

    kind: str

    @abstractmethod
    def levels(self) -> list[NoiseLevel]:
        """The levels in the order given."""

    @classmethod
    @abstractmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """The training set of `dataset` after noise: depends on the arguments alone, changes none."""

    @classmethod
    def misfit(cls, level: NoiseLevel, dataset: Dataset) -> str | None:
        """Why `level` cannot be applied to `dataset`, with the remedy; None if it can."""
        return None

    def doubt(self, level: NoiseLevel, dataset: Dataset) -> str | None:
        """Why results at `level` would mislead, unless the block acknowledges it; None if they would not."""
        return None

    def check(self, level: NoiseLevel, dataset: Dataset) -> str | None:
        """What is wrong with `level` that only the data can tell, with the remedy; None if nothing is."""
        return self.misfit(level, dataset) or self.doubt(level, dataset)


noises: Registry[type[NoiseSpec]] = Registry("noise kind", "sat_sweep.data.noise")
AnyNoise = Annotated[NoiseSpec, OneOf(noises, by="kind")]
register = registrar(noises, by="kind")
"""Class decorator: makes a kind of noise known by its `kind`."""


def apply_noise(level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
    """The training set of `dataset` at `level`; raises UserError if the two do not fit."""
    kind = noises[level.kind]
    if problem := kind.misfit(level, dataset):
        raise UserError(problem)
    return kind.corrupt(level, dataset, seed)
