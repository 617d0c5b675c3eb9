"""Signatures: what a trial has become after each epoch, as a hash of everything that made it so.

    signature(0) = hash of data, noise, split, seed, network, optimiser, …
    signature(e) = hash of signature(e - 1), the learning rate's factor and the method's influence in epoch e,
                   and of whether more is measured after it because it is the last

Two trials with the same signature are in the same state, whatever method and settings they belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sat_sweep.data import Dataset
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Composition, Need, needs
from sat_sweep.methods.tools import Record
from sat_sweep.settings import digest
from sat_sweep.training.spec import TrialSpec

FORMAT = 3
"""Raised whenever the training code changes what an epoch computes, so that older states are not met again."""


def root_signature(spec: TrialSpec, dataset: Dataset, method: Composition) -> str:
    """The signature before the first epoch: what all trials have in common that start out as the same run.

    What came later (other tasks, trusted examples, few labels, further outputs, plug-ins) counts only where it is
    there, so that what was stored before is still found.
    """
    training = spec.training.model_dump(mode="json", exclude={"epochs", "schedule", "augmentation"})
    outputs = method.algorithm.outputs(dataset.num_classes)
    return digest({
        "format": FORMAT,
        "torch": torch.__version__,
        "data": dataset.fingerprint,
        "validation_fraction": spec.dataset.validation_fraction,
        "noise": spec.noise.model_dump(mode="json"),
        "augmentation": spec.augmentation,
        "training": training,
        **spec.model_dump(mode="json", include={"model", "seed", "train_on", "evaluate", "device", "threads", "task"},
                          exclude={"model": {"weights"}}),
        **({"trusted": spec.dataset.trusted} if spec.dataset.trusted and Need.TRUSTED in needs(spec.method) else {}),
        **({"labelled": spec.dataset.labelled} if spec.dataset.labelled else {}),
        **({"test_labels": "trusted"} if dataset.test_is_trusted else {}),
        **({"outputs": outputs} if outputs != dataset.num_classes else {}),
        **({"plugins": foreign} if (foreign := spec.foreign_content()) else {}),
    })


class Chain:
    """The signatures of one trial, epoch by epoch."""

    def __init__(self, spec: TrialSpec, dataset: Dataset, method: Composition) -> None:
        self.spec, self.method = spec, method
        self.root = root_signature(spec, dataset, method)

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """What of the method acts in `epoch`, given the records of all earlier epochs."""
        return self.method.influence(epoch, history[: epoch - 1])

    def after(self, signature: str, epoch: int, influence: dict[str, Any]) -> str:
        """The signature after `epoch`, from the one before it."""
        training = self.spec.training
        factor = training.schedule.factor(epoch, training.epochs)
        end = ["end"] if self.spec.ends_apart(epoch) else []
        return digest([signature, factor, influence, *end])
