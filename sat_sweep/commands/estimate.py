"""How long a sweep will take: measured on what it has trained already, or on two epochs of its first trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from statistics import fmean

from sat_sweep.config.plan import Plan
from sat_sweep.config.space import SpaceFile
from sat_sweep.data import DataCache, Dataset
from sat_sweep.home import SweepHome
from sat_sweep.imports.lazy import torch
from sat_sweep.training.loop import Trial, records

SAMPLE = 2000
"""Training images that are enough to time an epoch."""
EPOCHS = 2
"""Epochs that are trained to time one; only the last counts, the first warms up."""


@dataclass(frozen=True)
class Estimate:
    """Seconds that an epoch takes one worker, and what that was measured on."""

    epoch_seconds: float
    measured_on: str

    def seconds(self, number: int, workers: int) -> float:
        """How long `number` epochs take, spread over `workers`."""
        return self.epoch_seconds * number / workers


def from_results(sweep: SweepHome) -> Estimate | None:
    """The mean over everything that the sweep has trained, None if that is nothing."""
    measured = list(_epoch_seconds(sweep))
    return Estimate(fmean(measured), f"{len(measured):,} epochs of this sweep") if measured else None


def _epoch_seconds(sweep: SweepHome) -> Iterator[float]:
    for result in sweep.results():
        yield from (seconds for seconds in result.curve("epoch_seconds") if seconds is not None)


def from_training(plan: Plan, data: DataCache) -> Estimate:
    """Two epochs of the first study's trial in the middle of its ranges, on a sample of the data."""
    study = plan.studies[0]
    dataset = data.get(study.space.dataset)
    step = ceil(len(dataset.labels) / SAMPLE)
    sample = _every(step, dataset)
    *_, last = islice(records(Trial(study.typical_spec(), sample)), EPOCHS)
    scale = len(dataset.labels) / len(sample.labels)
    size = f"{len(sample.labels):,} of {len(dataset.labels):,} images" if step > 1 else "this machine"
    return Estimate(last.metrics["epoch_seconds"] * scale, f"an epoch of {study.key} on {size}")


def _every(step: int, dataset: Dataset) -> Dataset:
    """`dataset` with every `step`-th training image alone."""
    columns = {name: column[::step] for name, column in dataset.columns.items()}
    return replace(dataset, images=dataset.images[::step], labels=dataset.labels[::step], columns=columns,
                   groups=None, weights=None if dataset.weights is None else dataset.weights[::step])


def can_measure(space: SpaceFile) -> bool:
    """Whether trials of `space` can run on this machine."""
    return not space.resources.gpus or torch.cuda.is_available()
