"""Signatures: what a trial has become after each epoch, as a hash of everything that made it so.

    signature(0) = hash of data, noise, split, seed, network, optimiser, …
    signature(e) = hash of signature(e - 1), the learning rate's factor and the method's influence in epoch e

Two trials with the same signature are in the same state, whatever method and settings they belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from sat_sweep.data import Dataset
from sat_sweep.methods import Composition
from sat_sweep.methods.base import Record
from sat_sweep.settings import digest
from sat_sweep.training.spec import TrialSpec

FORMAT = 2
"""Raised whenever the training code changes what an epoch computes, so that older states are not met again."""


def augmentation_of(spec: TrialSpec) -> str:
    """The augmentation that "auto" stands for."""
    chosen = spec.training.augmentation
    return spec.dataset.augmentation if chosen == "auto" else chosen


def root_signature(spec: TrialSpec, dataset: Dataset) -> str:
    """The signature before the first epoch: the family of trials that start out as the same run."""
    training = spec.training.model_dump(mode="json", exclude={"epochs", "schedule", "augmentation"})
    return digest({
        "format": FORMAT,
        "torch": torch.__version__,
        "data": dataset.fingerprint,
        "validation_fraction": spec.dataset.validation_fraction,
        "noise": spec.noise.model_dump(mode="json"),
        "augmentation": augmentation_of(spec),
        "training": training,
        **spec.model_dump(mode="json", include={"model", "seed", "train_on", "evaluate", "device", "threads"}),
    })


class Chain:
    """The signatures of one trial, epoch by epoch."""

    def __init__(self, spec: TrialSpec, dataset: Dataset, method: Composition) -> None:
        self.spec, self.method = spec, method
        self.root = root_signature(spec, dataset)

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """What of the method acts in `epoch`, given the records of all earlier epochs."""
        return self.method.influence(epoch, history[: epoch - 1])

    def after(self, signature: str, epoch: int, influence: dict[str, Any]) -> str:
        """The signature after `epoch`, from the one before it."""
        training = self.spec.training
        factor = training.schedule.factor(epoch, training.epochs)
        return digest([signature, factor, influence])
