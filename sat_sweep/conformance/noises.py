"""What every kind of noise must keep: its seed decides it, and it leaves alone what it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sat_sweep.conformance.check import Check, require
from sat_sweep.data import Corrupted, Dataset, NoiseLevel, NoiseSpec, datasets, load, noises
from sat_sweep.imports.lazy import torch

RATES = [0.0, 0.2, 0.4]


@dataclass(frozen=True)
class NoiseToy:
    """A kind of noise with `options`; where it has rates and none are given, those of the toy."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def spec(self) -> NoiseSpec:
        """Its block of a space file."""
        cls = noises[self.kind]
        rates = {"rates": RATES} if "rates" in cls.model_fields else {}
        return cls.model_validate({"kind": self.kind, **rates, **self.options})

    @cached_property
    def dataset(self) -> Dataset:
        """What it corrupts."""
        return load(datasets["digits"].model_validate({"name": "digits"}))

    def corrupted(self, level: NoiseLevel, seed: int = 0) -> Corrupted:
        """The training set at `level`."""
        return noises[level.kind].corrupt(level, self.dataset, seed)

    def levels(self) -> Iterator[NoiseLevel]:
        """Those that fit the toy's data; raises Broken where none does."""
        fitting = [level for level in self.spec.levels() if self.spec.misfit(level, self.dataset) is None]
        problems = [self.spec.misfit(level, self.dataset) for level in self.spec.levels()]
        require(fitting, f"nothing more can be tried: {'; '.join(map(str, problems))}")
        yield from fitting


def tells_its_levels_apart(toy: NoiseToy) -> None:
    """Each level is of this kind and has a label of its own."""
    levels = toy.spec.levels()
    require(levels, "it has no levels")
    require(all(level.kind == toy.kind for level in levels), "a level is of another kind")
    require(len({level.label for level in levels}) == len(levels), f"labels are {[level.label for level in levels]}")


def gives_labels_of_the_classes(toy: NoiseToy) -> None:
    """Labels stay (N,) int64 of the classes; true labels are the dataset's own, or unknown."""
    for level in toy.levels():
        found = toy.corrupted(level)
        require(found.labels.shape == toy.dataset.labels.shape and found.labels.dtype == torch.int64,
                f"{level.label}: labels are {found.labels.dtype} {tuple(found.labels.shape)}")
        require(int(found.labels.min()) >= 0 and int(found.labels.max()) < toy.dataset.num_classes,
                f"{level.label}: labels go from {int(found.labels.min())} to {int(found.labels.max())}")
        require(found.true_labels is None or torch.equal(found.true_labels, toy.dataset.labels),
                f"{level.label}: true labels are not the dataset's")
        require(len(found.images) == len(found.labels), f"{level.label}: images were lost")


def its_seed_decides_it(toy: NoiseToy) -> None:
    """The same seed gives the same noise, another seed another."""
    for level in toy.levels():
        one, same, other = (toy.corrupted(level, seed) for seed in (0, 0, 1))
        require(_equal(one, same), f"{level.label}: two draws of the same seed differ")
        drawn = not torch.equal(one.labels, toy.dataset.labels) or not torch.equal(one.images, toy.dataset.images)
        fixed = level.rate in (None, 0.0) or not drawn
        require(fixed or not _equal(one, other), f"{level.label}: another seed gives the same noise")


def leaves_its_data_alone(toy: NoiseToy) -> None:
    """What it is given stays as it was."""
    images, labels = toy.dataset.images.clone(), toy.dataset.labels.clone()
    for level in toy.levels():
        toy.corrupted(level)
        require(torch.equal(images, toy.dataset.images) and torch.equal(labels, toy.dataset.labels),
                f"{level.label}: the dataset was written to")


def rate_zero_is_none(toy: NoiseToy) -> None:
    """At rate 0 nothing is changed."""
    for level in toy.levels():
        if level.rate == 0:
            found = toy.corrupted(level)
            require(torch.equal(found.labels, toy.dataset.labels) and torch.equal(found.images, toy.dataset.images),
                    f"{level.label}: something is changed")


def _equal(one: Corrupted, other: Corrupted) -> bool:
    return torch.equal(one.labels, other.labels) and torch.equal(one.images, other.images)


CHECKS: tuple[Check[NoiseToy], ...] = (
    tells_its_levels_apart, gives_labels_of_the_classes, its_seed_decides_it, leaves_its_data_alone, rate_zero_is_none)
