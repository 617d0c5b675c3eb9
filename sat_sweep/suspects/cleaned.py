"""The data without the suspects, or with the labels that were suggested for them, ready to be swept again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sat_sweep.data import Dataset
from sat_sweep.data.dataset import Origin
from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.suspects.findings import Findings
from sat_sweep.training.evidence import UNKNOWN

Treatment = Literal["drop", "relabel"]
KEPT = ("validation_fraction", "trusted", "labelled", "test_labels")
"""Settings of the dataset that hold for its copy."""


def write_cleaned(findings: Findings, treatment: Treatment, folder: Path) -> tuple[dict[str, Any], int]:
    """Write the dataset to `folder`, suspects of its training set dropped or relabelled, in the form that it has.

    Returns the settings that read it again from there, and how many suspects were treated. The test set stays as it
    is: what a model thinks of it must not decide what models are judged by. Raises UserError where the wrong labels
    were added by the sweep itself, which has nothing to clean, or where a copy is there already.
    """
    check_cleanable(findings)
    ranking, dataset = findings.rankings[0], findings.dataset
    suspects = ranking.order[:findings.suspected]
    suspects = suspects[suspects < len(dataset.labels)]
    given = ranking.draw.given[:len(dataset.labels)]
    labels = np.where(given == UNKNOWN, dataset.labels.numpy(), given)
    if treatment == "relabel":
        labels[suspects] = ranking.suggested[suspects]
    kept = np.ones(len(labels), dtype=bool)
    kept[suspects] = treatment == "relabel"
    cleaned = _selected(replace(dataset, labels=torch.from_numpy(labels)), torch.from_numpy(kept))
    return findings.spec.dataset.write(cleaned, folder, "cleaned"), len(suspects)


def _selected(dataset: Dataset, kept: torch.Tensor) -> Dataset:
    """Of the training examples of `dataset` those that are `kept` (N,)."""
    per_example = {name: values[kept] for name in ("images", "labels", "groups", "weights")
                   if (values := getattr(dataset, name)) is not None}
    rows = kept.nonzero()[:, 0].tolist()
    origin = dataset.origin and Origin(tuple(dataset.origin.rows[row] for row in rows), dataset.origin.files and
                                       tuple(dataset.origin.files[row] for row in rows))
    return replace(dataset, **per_example, origin=origin)


def check_cleanable(findings: Findings) -> None:
    """Raise UserError unless the labels are the data's own."""
    if len(findings.rankings) > 1 or findings.spec.noise.kind not in ("as_given", "column"):
        raise UserError(f"under {findings.condition} the wrong labels are added by the sweep, anew for each seed: "
                        "there is nothing to clean; --clean is for labels as given, or of a column")


def cleaned_space(space: Mapping[str, Any], findings: Findings, copy: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The resolved `space` of the sweep for a cleaned `copy`, read by these settings, as a sweep called `name`."""
    kept = {key: value for key, value in space.get("dataset", {}).items() if key in KEPT}
    training = {**space.get("training", {}), "augmentation": findings.spec.augmentation}
    return {**space, "name": name, "training": training, "noise": {"kind": "as_given"}, "dataset": {**copy, **kept}}
