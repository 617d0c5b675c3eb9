"""Noise in which the true class alone decides about the given one: a transition matrix says how."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import Corrupted, NoiseLevel, NoiseSpec, noises
from sat_sweep.data.noise._rounding import round_randomly
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.imports.lazy import torch

Labels = TypeVar("Labels", "torch.Tensor", np.ndarray)


def transition_matrix(
    kind: str, rate: float, num_classes: int, confusions: Mapping[int, int] | None = None
) -> np.ndarray:
    """T (C, C) float64 of noise of this `kind`: T[i, j] = P(given = j | true = i); rate 0 is the identity.

    `rate` lies in [0, 1). `confusions` (class to class) are what asymmetric noise follows; other kinds ignore
    them. Raises UserError for a kind without such a matrix, numbers outside their range, missing confusions.
    """
    spec = noises[kind]
    if not issubclass(spec, ClassConditional):
        raise UserError(f"{kind} noise has no transition matrix")
    if not 0 <= rate < 1:
        raise UserError(f"a noise rate must lie in [0, 1), got {rate}")
    if num_classes < 2:
        raise UserError(f"noise needs at least 2 classes, got {num_classes}")
    return spec.transition(NoiseLevel(kind=kind, label=kind, rate=rate), num_classes, confusions)


def corrupt_labels(labels: Labels, transition: np.ndarray, seed: int) -> Labels:
    """Noisy labels: same type and length as `labels` (N,), int64; `labels` stay as they are.

    `transition` (C, C): row i is the distribution of the given label where i is true. Labels are not drawn
    one by one: how many of each class go where is fixed first, as close to `transition` as whole numbers
    permit (rounded at random, so that it is right on average), then a random order decides who. The number of
    wrong labels is hence within one of its expectation, and chance adds less to the difference between seeds.
    Deterministic in the arguments. Raises ValueError if rows do not sum to 1 or a label has no row.
    """
    true = np.asarray(labels)
    require_stochastic(transition)
    if true.size and not 0 <= true.min() <= true.max() < len(transition):
        raise ValueError(f"labels must lie in 0 to {len(transition) - 1}, got {true.min()} to {true.max()}")
    generator = np.random.default_rng(seed)
    counts = _whole_counts(np.bincount(true, minlength=len(transition)), transition, generator)
    given = np.empty(len(true), dtype=np.int64)
    for label, row in enumerate(counts):
        members = generator.permutation(np.flatnonzero(true == label))
        given[members] = np.repeat(np.arange(len(row)), row)
    return given if isinstance(labels, np.ndarray) else torch.from_numpy(given)


def _whole_counts(sizes: np.ndarray, transition: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """How many of true class i are given j, (C, C) int64; row i sums to `sizes[i]`.

    First how many of each class are wrong, which keeps the error rate; then what they are taken for.
    """
    wrong = round_randomly(sizes * (1 - np.diag(transition)), generator)
    counts = np.diag(sizes - wrong)
    for label in np.flatnonzero(wrong):
        elsewhere = np.where(np.arange(len(sizes)) == label, 0, transition[label])
        counts[label] += round_randomly(wrong[label] * elsewhere / elsewhere.sum(), generator)
    return counts


def require_stochastic(transition: np.ndarray) -> None:
    """Raises ValueError unless the rows of `transition` are distributions over as many classes as there are rows."""
    if transition.ndim != 2 or transition.shape[0] != transition.shape[1]:
        raise ValueError(f"a transition matrix is square, got shape {transition.shape}")
    if (transition < 0).any() or not np.allclose(transition.sum(axis=1), 1, rtol=0, atol=1e-6):
        sums = transition.sum(axis=1)
        raise ValueError(f"rows of a transition matrix are distributions, got sums {sums.tolist()}")


class ClassConditional(NoiseSpec):
    """A kind of noise with a transition matrix."""

    acknowledge: bool = False
    """Accept levels at which the true class is no longer the likeliest."""

    @classmethod
    @abstractmethod
    def transition(
        cls, level: NoiseLevel, num_classes: int, confusions: Mapping[int, int] | None
    ) -> np.ndarray:
        """T (C, C) float64 of `level`, which may follow `confusions`; raises UserError where it lacks something."""

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """Other labels by the transition matrix, the same images."""
        given = corrupt_labels(dataset.labels, cls._transition_of(level, dataset), seed)
        return Corrupted(dataset.images, given, dataset.labels)

    @classmethod
    def misfit(cls, level: NoiseLevel, dataset: Dataset) -> str | None:
        """Whatever keeps the matrix from being written down for this dataset."""
        try:
            cls._transition_of(level, dataset)
        except UserError as error:
            return str(error)
        return None

    def doubt(self, level: NoiseLevel, dataset: Dataset) -> str | None:
        """Where another class is as likely as the true one, noisy validation prefers the wrong model."""
        if self.acknowledge:
            return None
        return unlikely_truth(self._transition_of(level, dataset), level.label, dataset.class_names)

    @classmethod
    def _transition_of(cls, level: NoiseLevel, dataset: Dataset) -> np.ndarray:
        confusions = dataset.confusions
        if level.pairs is not None:
            confusions = _by_number(level.pairs, dataset.class_names)
        return cls.transition(level, dataset.num_classes, confusions)


def unlikely_truth(transition: np.ndarray, label: str, class_names: tuple[str, ...]) -> str | None:
    """Names the first class whose members get another's label as often as their own, at `transition` (C, C).

    None if there is none; the sentence calls the noise `label`.
    """
    others = np.where(np.eye(len(transition), dtype=bool), 0, transition)
    for name, kept, rival in zip(class_names, np.diag(transition), others.max(axis=1), strict=True):
        if kept <= rival:
            return (f"the true class must stay the likeliest, but at {label} '{name}' keeps its label with "
                    f"probability {kept:.3g} and gets another with {rival:.3g}; "
                    "lower the noise, or write `acknowledge: true` in the noise block")
    return None


def _by_number(pairs: tuple[tuple[str, str], ...], class_names: tuple[str, ...]) -> dict[int, int]:
    for name in (name for pair in pairs for name in pair):
        if name not in class_names:
            raise UserError(f"noise.pairs: unknown class '{name}'; {did_you_mean(name, class_names)}")
    return {class_names.index(true): class_names.index(given) for true, given in pairs}
